import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { createLineStream } from '../../src/output/line-stream.ts';

test('the lines of one piece of work are written together, right after it', async (t) => {
  const written: string[] = [];
  const lines = createLineStream({ write: (text) => written.push(text) });
  lines.write('one\n');
  await Promise.resolve();
  lines.write('two\n');
  t.deepEqual(written, []);
  await nextTurn();
  t.deepEqual(written, ['one\ntwo\n']);
  lines.write('three\n');
  await nextTurn();
  t.deepEqual(written, ['one\ntwo\n', 'three\n']);
});

test('a file takes all of them, whole and in their order', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-lines-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'output');
  const fd = openSync(path, 'a');
  const lines = createLineStream({ fd, write: () => t.fail('not through the stream') });
  let expected = '';
  for (let number = 0; number < 500; number++) {
    const line = `${number} ${'zoë '.repeat(number)}\n`;
    lines.write(line);
    expected += line;
    if (number % 7 === 0) await nextTurn();
  }
  await nextTurn();
  closeSync(fd);
  t.is(readFileSync(path, 'utf8'), expected);
});
