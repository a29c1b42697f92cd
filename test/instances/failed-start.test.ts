import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { startServiceProcess } from '../support/service/service-process.ts';

test('a start that fails says why in a line, names the setting, and makes no key that nobody sees again', async (t) => {
  t.timeout(180_000);
  const folder = await mkdtemp(join(tmpdir(), 'prefect-auth-start-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  await writeFile(join(folder, 'file'), '');
  const taken = String((other.address() as AddressInfo).port);
  for (const [settings, message] of [
    [
      { PORT: taken, DATA_DIR: join(folder, 'data') },
      /HOST and PORT name: another program has the port \(.*EADDRINUSE/,
    ],
    [{ HOST: 'no-such-host.invalid' }, /HOST and PORT name \(.*no-such-host/],
    [{ DATA_DIR: join(folder, 'file', 'data') }, /Is DATA_DIR a folder/],
  ] as const) {
    const error = await t.throwsAsync(startServiceProcess(settings));
    t.regex(error.message, message);
    t.notRegex(error.message, /\n {4}at |pfa_/);
  }
  const service = await startServiceProcess({ DATA_DIR: join(folder, 'data') });
  t.teardown(() => service.stop());
  while (!service.output().includes('pfa_')) await new Promise((resolve) => setTimeout(resolve, 50));
  t.regex(service.output(), /shown this once/);
});
