import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import test from 'ava';

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'src');

/** Rooms, and files of src/ itself, as CONTRIBUTING.md lists them: the one that knows the others first. */
const rooms = [...readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(/^src\/(.+?) {2,}/gm)].flatMap(
  ([, names = '']) => names.split(', ').map((name) => name.replace(/\/$/, '')),
);

/** Undefined for what is not in src/. */
function roomOf(path: string): string | undefined {
  const [room] = relative(source, path).split(sep);
  return room === '..' ? undefined : room;
}

test('the map in CONTRIBUTING.md names every room', (t) => {
  t.deepEqual([...rooms].sort(), readdirSync(source).sort());
});

test('imports between rooms point down the map', (t) => {
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const path = join(entry.parentPath, entry.name);
    const from = roomOf(path) ?? '';
    for (const [, imported = ''] of readFileSync(path, 'utf8').matchAll(/\b(?:from |import\()'(\.[^']+\.ts)'/g)) {
      const to = roomOf(resolve(entry.parentPath, imported));
      if (to === undefined || to === from) continue;
      t.true(rooms.indexOf(from) < rooms.indexOf(to), `${relative(root, path)} imports from ${to}`);
    }
  }
});
