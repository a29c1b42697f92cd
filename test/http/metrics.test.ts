import test from 'ava';
import { generateKey } from '../../src/keys/key-format.ts';
import { ask, bearer, startService } from '../support/service/service.ts';

test('metrics count decisions, look-ups and the store, and name no user and no key', async (t) => {
  const service = await startService();
  try {
    const { key, id } = await service.issue('query/*', { user: 'alice-in-metrics' });
    const unknown = generateKey();
    for (const each of [key, key, unknown])
      await ask(service.url, { headers: bearer(each), uri: '/api/admin/version' });
    await ask(service.url, { headers: bearer(key), method: 'DELETE', uri: `/api/flows/${crypto.randomUUID()}` });
    const answer = await fetch(`${service.url}/metrics`);
    t.is(answer.status, 200);
    const text = await answer.text();
    for (const line of [
      'prefect_auth_decisions_total{outcome="allow",reason=""} 2',
      'prefect_auth_decisions_total{outcome="deny",reason="unknown_key"} 1',
      'prefect_auth_decisions_total{outcome="deny",reason="insufficient_scope"} 1',
      'prefect_auth_key_lookups_total{origin="nowhere"} 1',
      'prefect_auth_invalidation_channel_open{channel="poll"} 1',
    ]) {
      t.true(text.includes(`${line}\n`), `${line}\n${text}`);
    }
    t.regex(text, /prefect_auth_store_seconds_count\{result="answer"\} [1-9]/);
    for (const secret of [key, unknown, id, 'alice-in-metrics']) t.false(text.includes(secret));
  } finally {
    await service.stop();
  }
});

test('what is answered in the place of Prefect counts once, as nginx asks twice', async (t) => {
  const service = await startService();
  try {
    const { key } = await service.issue('query/auth_info');
    const body = (...documents: string[]) => {
      const items = documents.map((query) => ({ query }));
      return JSON.stringify(items.length === 1 ? items[0] : items);
    };
    const question = { method: 'POST', uri: '/graphql', headers: { ...bearer(key), 'X-Auth-Answer': 'self' } };
    const own = { ...question, body: body('{ auth_info { tenant_id } }') };
    const first = await ask(service.url, own);
    t.is(first.headers.get('X-Auth-Answer'), 'self');
    t.is((await ask(service.url, { ...own, path: '/answer' })).status, 200);
    t.is((await ask(service.url, { ...question, body: body('{ flow { id } }'), path: '/answer' })).status, 403);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    const counts = text.split('\n').filter((line) => line.startsWith('prefect_auth_decisions_total{'));
    t.deepEqual(counts.toSorted(), [
      'prefect_auth_decisions_total{outcome="allow",reason=""} 1',
      'prefect_auth_decisions_total{outcome="deny",reason="insufficient_scope"} 1',
    ]);
  } finally {
    await service.stop();
  }
});
