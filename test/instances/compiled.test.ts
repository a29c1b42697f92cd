import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { startRedis } from '../support/servers/redis.ts';
import { ask } from '../support/service/service.ts';
import { startServiceProcess } from '../support/service/service-process.ts';

/** Has a process say, when it ends, whether it has loaded the compiler of TypeScript. */
const CONFESSION = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    "process.once('exit',()=>console.log('compiler:',process.moduleLoadList.some((name)=>name.includes('amaro'))))",
  )}`,
};

async function confessions(settings: Readonly<Record<string, string>>): Promise<string[]> {
  const service = await startServiceProcess({ ...settings, ...CONFESSION });
  const listeners = Number(settings.WORKERS ?? 1);
  while ((service.output().match(/listens on/g) ?? []).length < listeners) await delay(50);
  await ask(service.url, {});
  await service.stop();
  return [...service.output().matchAll(/compiler: (\w+)/g)].map(([, answer = '']) => answer);
}

test('npm start runs the service without a compiler in its memory, whatever its database', async (t) => {
  const [postgres, mariadb, redis] = await Promise.all([startPostgres(), startMariadb(), startRedis()]);
  t.teardown(() => Promise.all([postgres.stop(), mariadb.stop(), redis.stop()]));
  for (const settings of [{}, postgres.settings, mariadb.settings, { ...postgres.settings, REDIS_URL: redis.url }]) {
    t.deepEqual(await confessions(settings), ['false'], JSON.stringify(settings));
  }
  t.deepEqual(await confessions({ ...postgres.settings, WORKERS: '2' }), ['false', 'false', 'false']);
});

test('a service whose folder of what is compiled cannot be used compiles what it runs', async (t) => {
  t.deepEqual(await confessions({ NODE_COMPILE_CACHE: '/dev/null/nowhere' }), ['true']);
});
