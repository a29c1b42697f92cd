import { request } from 'node:http';
import test from 'ava';
import { ask, bearer, type RunningService, startService } from '../support/service/service.ts';

let service: RunningService;
test.before(async () => {
  service = await startService({ ALLOW_PUBLIC_ACCESS: 'true', OPENAPI_PUBLIC: 'true' });
  await service.service.accounts.set({ userId: 'anonymous', kind: 'user', scopes: '*', description: '' }, 'test');
});
test.after.always(() => service.stop());

const NAME = 'X-Envoy-Auth-Partial-Body';
const questions = [
  { uri: '/api/health' },
  { uri: '/docs' },
  { uri: '/index.html' },
  { uri: '/api/flows/filter', method: 'OPTIONS' },
  { uri: '/api/flows/filter', method: 'POST' },
  { uri: '/api/flow_runs/', method: 'POST', body: '{"flow_id": "x"}' },
  { uri: '/api/block_documents/filter', method: 'POST', body: '{}' },
  { uri: '/graphql', method: 'POST', body: '{"query": "{ flow { id } }"}' },
  { uri: '/', method: 'POST', body: '{"query": "{ flow { id } }"}', path: '/auth/graphql' },
  { uri: '/graphql', method: 'POST', body: '{"query": "{ auth_info { user_id } }"}', path: '/answer' },
];

test('a request whose body a proxy cut is refused, whoever asks for whatever', async (t) => {
  const { key } = await service.issue('*');
  for (const question of questions) {
    for (const credential of [bearer(key), {}]) {
      for (const said of ['true', 'TRUE', '1', 'yes', '', 'false, false', 'false, true', 'falsehood']) {
        const answer = await ask(service.url, { ...question, headers: { ...credential, [NAME]: said } });
        const reason = answer.headers.get('X-Auth-Reason') ?? '';
        t.deepEqual([answer.status, reason.split(';')[0]], [403, 'unreadable_request'], `${question.uri} "${said}"`);
        t.is(answer.headers.get('X-Auth-User'), null);
      }
    }
  }
});

test('a request whose body is whole, or of which nothing is said, is judged as ever', async (t) => {
  const { key } = await service.issue('*');
  for (const question of questions.filter(({ path }) => path !== '/answer')) {
    for (const said of [{ [NAME]: 'false' }, { [NAME]: 'False' }, {}]) {
      t.is((await ask(service.url, { ...question, headers: { ...bearer(key), ...said } })).status, 200, question.uri);
    }
  }
});

test('what is said of a body twice is refused, also where both say that it is whole', async (t) => {
  const { key } = await service.issue('*');
  const statusOf = (said: string[]) =>
    new Promise<number | undefined>((resolve, reject) => {
      const original = { 'X-Original-Method': 'GET', 'X-Original-URI': '/api/hello' };
      request(`${service.url}/auth`, { headers: { ...bearer(key), ...original, [NAME]: said } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
  t.is(await statusOf(['false']), 200);
  for (const said of [
    ['false', 'true'],
    ['true', 'false'],
    ['false', 'false'],
  ])
    t.is(await statusOf(said), 403, `${said}`);
});
