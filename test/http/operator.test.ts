import test from 'ava';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';

let service: RunningService;
test.before(async () => {
  service = await startService({ LOG_LEVEL: 'warn', LOG_LEVEL_OVERRIDE_DURATION: '1' });
});
test.after.always(() => service.stop());

async function call(method: string, path: string, key?: string): Promise<number> {
  const answer = await fetch(`${service.url}${path}`, { method, ...(key && { headers: bearer(key) }) });
  return answer.status;
}

test.serial('the operator endpoints take a key that names them, and no wildcard of Prefect operations', async (t) => {
  const keys = {
    none: undefined,
    unknown: 'nonsense',
    everything: (await service.issue('*, query/*, mutation/*, */*')).key,
    owner: (await service.issue('role:owner')).key,
    expired: (await service.issue('admin/*', { to: -1 })).key,
    otherEndpoint: (await service.issue('admin/metrics')).key,
    denied: (await service.issue('admin/*, !admin/*')).key,
  };
  const endpoints = [
    ['POST', '/logs/error'],
    ['POST', '/cache/reset'],
    ['DELETE', '/cache/x'],
  ] as const;
  for (const [method, path] of endpoints) {
    for (const [name, key] of Object.entries(keys)) {
      const status = await call(method, path, key);
      t.true(status === 401 || status === 403, `${method} ${path} with ${name}: ${status}`);
    }
  }
  const { key } = await service.issue('admin/logs, admin/cache');
  for (const [method, path] of endpoints) t.is(await call(method, path, key), 200, `${method} ${path}`);
});

test.serial('a changed scope counts once the key is evicted, by key or by id', async (t) => {
  const operator = await service.issue('admin/cache');
  for (const evictBy of ['key', 'id'] as const) {
    const subject = await service.issue('query/*');
    const original = { method: 'POST', uri: '/api/flows/filter', headers: bearer(subject.key) };
    t.is((await ask(service.url, original)).status, 200);
    await service.service.store.revoke(subject.id, new Date(), 'test');
    t.is(await call('DELETE', `/cache/${subject[evictBy]}`, operator.key), 200);
    t.is((await ask(service.url, original)).status, 401, evictBy);
  }
});

test.serial('at level info every request and answer is logged with headers, and no key in any of it', async (t) => {
  const operator = await service.issue('admin/*');
  const { key } = await service.issue('query/*');
  t.is(await call('POST', '/logs/info', operator.key), 200);
  await ask(service.url, { headers: { ...bearer(key), Cookie: `session=${key}` } });
  await ask(service.url, { headers: { 'X-Prefect-User-Id': key } });
  for (const path of ['/cache', '/Cache', '/CACHE']) await call('DELETE', `${path}/${key}`, operator.key);
  t.true(service.log().some((line) => line.msg === 'request' && line.path === '/auth'));
  t.true(service.log().some((line) => line.msg === 'request' && line.path === '/cache/***'));
  t.false(service.logText().includes(key));
  t.false(service.logText().includes(operator.key));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const before = service.log().length;
  await ask(service.url, { headers: bearer(key), method: 'POST', uri: '/api/flows/filter' });
  t.is(service.log().length, before, 'the level falls back by itself');
  t.is(await call('POST', '/logs/loud', operator.key), 400);
});

test.serial('health tells whether the process and its store answer', async (t) => {
  for (const path of ['/healthz', '/healthcheck', '/readyz']) t.is(await call('GET', path), 200, path);
  t.is(await call('GET', '/nothing'), 404);
});
