import test, { type ExecutionContext } from 'ava';
import { type GuardedPrefect, startGuardedPrefect } from './guarded-prefect.ts';

/** What Prefect may take for a name, and a URL has to escape, or could be read in two ways. */
const names = [
  'v1.2..x',
  'a\\b',
  'a;b=1+c',
  'a?b#c',
  '[a*b]',
  '\u65e5\u672c \u{1f986}',
  'a\tb',
  '\u0085',
  ' a ',
  'a%2Fb',
  '%41',
  'a/b',
];

interface Kind {
  create(name: string): readonly [path: string, body: object];
  /** What asks for it by its name, the deletion last. */
  uses(escaped: string): readonly (readonly [method: string, path: string])[];
}

const kinds: Readonly<Record<string, Kind>> = {
  'a work pool': {
    create: (name) => ['/work_pools/', { name, type: 'process' }],
    uses: (name) => [
      ['GET', `/work_pools/${name}`],
      ['PATCH', `/work_pools/${name}`],
      ['GET', `/work_pools/${name}/queues/default`],
      ['DELETE', `/work_pools/${name}`],
    ],
  },
  'a work queue': {
    create: (name) => ['/work_pools/gpu%20pool/queues', { name }],
    uses: (name) => [
      ['GET', `/work_pools/gpu%20pool/queues/${name}`],
      ['PATCH', `/work_pools/gpu%20pool/queues/${name}`],
      ['DELETE', `/work_pools/gpu%20pool/queues/${name}`],
    ],
  },
  'a worker': {
    create: (name) => ['/work_pools/gpu%20pool/workers/heartbeat', { name }],
    uses: (name) => [['DELETE', `/work_pools/gpu%20pool/workers/${name}`]],
  },
  'a tag with a limit': {
    create: (tag) => ['/concurrency_limits/', { tag, concurrency_limit: 1 }],
    uses: (name) => [
      ['GET', `/concurrency_limits/tag/${name}`],
      ['POST', `/concurrency_limits/tag/${name}/reset`],
      ['DELETE', `/concurrency_limits/tag/${name}`],
    ],
  },
  'a limit': {
    create: (name) => ['/v2/concurrency_limits/', { name, limit: 1 }],
    uses: (name) => [
      ['GET', `/v2/concurrency_limits/${name}`],
      ['PATCH', `/v2/concurrency_limits/${name}`],
      ['DELETE', `/v2/concurrency_limits/${name}`],
    ],
  },
  'a variable': {
    create: (name) => ['/variables/', { name, value: 'v' }],
    uses: (name) => [
      ['GET', `/variables/name/${name}`],
      ['PATCH', `/variables/name/${name}`],
      ['DELETE', `/variables/name/${name}`],
    ],
  },
  'a flow': { create: (name) => ['/flows/', { name }], uses: (name) => [['GET', `/flows/name/${name}`]] },
};

for (const version of ['3', '2.20']) {
  test(`Prefect ${version}: whatever Prefect finds by its name is read, changed and deleted through the gate`, async (t) => {
    const guarded = await startGuardedPrefect(t, version, (api) => ({ API_SERVICE_URL: api.replace(/\/api$/, '') }));
    const { key: owner } = await guarded.service.issue('role:owner');
    const { key: nobody } = await guarded.service.issue('*, !*/*');
    let found = 0;
    for (const [what, { create, uses }] of Object.entries(kinds)) {
      for (const name of names) {
        if (!(await ask(guarded, 'POST', ...create(name))).ok) continue;
        for (const [method, path] of uses(encodeURIComponent(name))) {
          if (!(await isFound(guarded, method, path))) continue;
          found += 1;
          t.is((await send(guarded, nobody, method, path)).status, 403, `${method} ${path}`);
          const { status, text } = await send(guarded, owner, method, path);
          t.true(
            status >= 200 && status < 300,
            `${what} ${JSON.stringify(name)}, ${method} ${path}: ${status} ${text}`,
          );
        }
      }
    }
    t.true(found > 60, `${found}`);
  });
}

test('conditions on names match them, however a URL escapes them', async (t) => {
  const guarded = await startGuardedPrefect(t, '3', (api) => ({ API_SERVICE_URL: api.replace(/\/api$/, '') }));
  const { key: other } = await guarded.service.issue('*/*[work_pool=other]');
  for (const name of ['v1.2..x', 'a\\b', 'a;b=1+c', 'a, b', 'a?b#c', '\u65e5\u672c \u{1f986}']) {
    await ask(guarded, 'POST', '/work_pools/', { name, type: 'process' });
    const { key } = await guarded.service.issue(`*/*[work_pool=${name}]`);
    const path = `/work_pools/${encodeURIComponent(name)}`;
    for (const method of ['GET', 'PATCH']) {
      const { status, text } = await send(guarded, key, method, path);
      t.true(status === 200 || status === 204, `${method} ${path}: ${status} ${text}`);
      t.is((await send(guarded, other, method, path)).status, 403, path);
    }
    await isolated(t, guarded, key, path);
  }
});

/** Other spellings of the path of one pool do not lead a key for it to another pool. */
async function isolated(t: ExecutionContext, guarded: GuardedPrefect, key: string, path: string): Promise<void> {
  for (const other of [
    '/work_pools/gpu%20pool',
    `${path}/..%2Fgpu%20pool`,
    `${path}%2F..%2Fgpu%20pool`,
    `${path}%00`,
  ]) {
    const { status } = await send(guarded, key, 'GET', other);
    t.true(status === 403 || status === 400, `${other}: ${status}`);
  }
}

/** Whether Prefect has it there; a deletion is taken to. */
async function isFound(guarded: GuardedPrefect, method: string, path: string): Promise<boolean> {
  if (method !== 'DELETE') return (await ask(guarded, method, path, {})).ok;
  const byGet = await ask(guarded, 'GET', path);
  return byGet.ok || (byGet.status === 405 && !/%2F/i.test(path));
}

function ask({ api }: GuardedPrefect, method: string, path: string, body?: object): Promise<Response> {
  const sent = method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) };
  return untilServed(() => fetch(api + path, { method, headers: { 'Content-Type': 'application/json' }, ...sent }));
}

function send(guarded: GuardedPrefect, key: string, method: string, path: string) {
  return untilServed(() => guarded.send(key, method, path, {}));
}

/** Prefect's database of one file is busy now and then. */
async function untilServed<Answer extends { readonly status: number }>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
  }
  return ask();
}
