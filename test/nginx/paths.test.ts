import test from 'ava';
import fc from 'fast-check';
import { allowed, layouts, startGate } from './gate.ts';

const publicTargets = [
  '/',
  '/?tab=runs',
  '/index.html',
  '/assets/index-B2x_9.js',
  '/favicon.ico',
  '/runs/flow-run/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f',
  '/v2/work-pools/work-pool/my%20pool/',
  '/v2/work-pools/work-pool/caf%C3%A9?next=/api/flows/../x',
  '/deployments/deployment/a.b..c',
  '/runs/?x',
  '/work-pools/work-pool/p/queue/q/edit',
  '/ico/apple-touch-icon.png',
  '/v2',
];

const guardedTargets = [
  '/apple-touch-icon.png',
  '/assets/',
  '/assets/a/b.js',
  '/assets/index',
  '/assets/..js/x',
  '/deployments/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f',
  '/deployments/deployment/x/y',
  '/deployments/deployment/',
  '/flows/flow/%2e%2e',
  '/runs/flow-run/..',
  '/v2/v2/runs',
  '/v3/runs',
  '/v2x',
  '/V2/runs',
  '/custom-api/flows/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f',
  '/prefect/runs',
  '/api',
  '/api/',
  '/api/flows/filter',
  '/api/health',
  '/api/..%2f',
  '/api?x',
  '/API/flows',
  '/Api',
  '/graphql',
  '/graphql/',
  '/GraphQL',
  '/docs',
  '/docs/oauth2-redirect',
  '/redoc',
  '/openapi.json',
  '//api/flows',
  '/./api/flows',
  '/x/../api/flows',
  '/x/%2e%2e/api/flows',
  '/x/%2E./api/flows',
  '/%61pi/flows',
  '/a%70i/flows',
  '/%64ocs',
  '/openapi%2Ejson',
  '/api%2Fflows',
  '/api%2fflows',
  '/%2fapi/flows',
  '/%2Fapi/flows',
  '/x%2f..%2fapi/flows',
  '/x%5c..%5capi/flows',
  '/x\\..\\api',
  '/%2561pi/flows',
  '/api%3Fx',
  '/api%23x',
  '/x%23/../api/flows',
  '/x#/../api/flows',
  '/api;x/flows',
  '/api/x/%2e%2e/%2e%2e/assets/a.js',
  '/api/../',
  '/x/..',
  '/x/.',
  '/..;/api/flows',
  '/x//y',
  '/x%2fy',
  '/x%0ay',
  '/x\u00e9y',
  '/x%00',
  'http://localhost/api/flows',
  'https://evil.example/api/flows',
  'http://localhost//api/flows',
  '/UI-settings%2e',
  '/prefect/api/flows/0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f',
  '/prefect/api',
  '/a/b/api?x',
  '/?query={flow{id}}',
  '/x?a=1&q%75ery={flow{id}}',
  '/?[query]={flow{id}}',
  '/?%5Bquery%5D={flow{id}}',
  '/?[extensions]={}',
];

for (const layout of layouts) {
  test(`${layout}: the UI's pages and files need no key`, async (t) => {
    const { send, prefect, auth } = await startGate(t, layout);
    for (const target of publicTargets) {
      for (const method of ['GET', 'HEAD']) {
        t.is((await send({ method, target })).status, 200, target);
        const arrival = prefect.arrivals.pop();
        t.deepEqual([arrival?.method, arrival?.target], [method, target]);
      }
    }
    t.is(auth.arrivals.length, 0);
  });

  test(`${layout}: whatever is not plainly a path of the UI is asked about, with the path as the client wrote it`, async (t) => {
    const { send, prefect, auth } = await startGate(t, layout);
    for (const target of guardedTargets) {
      const { status } = await send({ target });
      t.true(status === 401 || status === 400, `${target}: ${status}`);
      const asked = auth.arrivals.pop();
      if (status === 401) t.is(asked?.headers['x-original-uri'], target.replace(/^https?:\/\/[^/?]*/, ''));
    }
    t.deepEqual(prefect.arrivals, []);
  });

  test(`${layout}: only GET and HEAD of the UI are public, and upgrades never are`, async (t) => {
    const { send, prefect } = await startGate(t, layout);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get', 'PROPFIND']) {
      t.true([400, 401].includes((await send({ method, target: '/' })).status), method);
    }
    const upgrade = ['Connection: Upgrade, close', 'Upgrade: websocket'];
    t.is((await send({ target: '/', headers: [...upgrade, 'Sec-WebSocket-Version: 13'] })).status, 401);
    t.deepEqual(prefect.arrivals, []);
  });

  test(`${layout}: no spelling of a path reaches the API without a key`, async (t) => {
    const { send, prefect } = await startGate(t, layout);
    const piece = fc.constantFrom(
      ...'/ // . .. %2e %2E%2e %2f %2F %5c \\ api API %61pi a%70i flows graphql docs openapi.json ; # ? %3f %23 %00 %25 %20 %C3%A9 \u00ff x _prefect_auth ui-settings @prefect_auth_ui'.split(
        ' ',
      ),
    );
    const anyTarget = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => `/${pieces.join('')}`);
    await fc.assert(
      fc.asyncProperty(anyTarget, async (target) => {
        prefect.arrivals.length = 0;
        await send({ target });
        for (const arrival of prefect.arrivals)
          t.true(isPlainlyUi(arrival.target), `${target} arrived as ${arrival.target}`);
      }),
      { numRuns: 200 },
    );
  });

  test(`${layout}: an allowed request arrives with the path as the client wrote it`, async (t) => {
    const { send, prefect, auth } = await startGate(t, layout);
    auth.reply = () => allowed;
    for (const target of [
      '/api/flows/%66ilter?x=%2F&y=a+b',
      '/api/variables/name/a%2Fb',
      '/x/%2e%2e/api/flows',
      '/graphql//x?y',
      '/api/flow_runs/?a=%20',
    ]) {
      t.is((await send({ target })).status, 200);
      t.is(prefect.arrivals.pop()?.target, target);
    }
  });

  test(`${layout}: the settings of the UI are public, ask for a password, and are never another path`, async (t) => {
    const { send, prefect } = await startGate(t, layout);
    const settings = '{"api_url":"/api","csrf_enabled":false,"auth":null,"flags":[]}';
    prefect.reply = () => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body: settings });
    const answer = await send({ target: '/ui-settings', headers: ['Accept-Encoding: gzip'] });
    t.is(answer.status, 200);
    t.true(answer.body.includes('"auth":"BASIC"'));
    t.is(prefect.arrivals.pop()?.headers['accept-encoding'], undefined);
    await send({ target: '/ui-settings?query={flow{id}}' });
    t.is(prefect.arrivals.pop()?.target, '/ui-settings');
    await send({ target: '/api/flows/%2e%2e/../ui-settings' });
    t.true(['/ui-settings', undefined].includes(prefect.arrivals.pop()?.target));
    for (const target of ['/ui-settings/x', '/x/ui-settings', '/ui-settings%2f', '/ui%2dsettings'])
      t.is((await send({ target })).status, 401, target);
    t.is((await send({ method: 'POST', target: '/ui-settings', body: '{}' })).status, 401);
    t.deepEqual(prefect.arrivals, []);
  });

  test(`${layout}: neither the service's endpoints nor the internal locations are reachable`, async (t) => {
    const { send, prefect, auth } = await startGate(t, layout);
    for (const target of [
      '/auth',
      '/auth/graphql',
      '/answer',
      '/logs/info',
      '/cache',
      '/cache/reset',
      '/admin',
      '/healthz',
      '/readyz',
      '/healthcheck',
      '/metrics',
    ]) {
      await send({ method: 'POST', target });
      t.is(auth.arrivals.pop()?.target, '/auth', `POST ${target} is only asked about`);
      await send({ target });
      t.is(auth.arrivals.pop()?.target, '/auth', `GET ${target} is no page of Prefect's`);
    }
    t.deepEqual([auth.arrivals, prefect.arrivals], [[], []]);
    for (const target of [
      '/_prefect_auth',
      '/_prefect_auth_body',
      '/_prefect_auth_graphql',
      '/_prefect_auth_read_body',
      '/_prefect_auth_error',
    ]) {
      t.is((await send({ target })).status, 404, target);
    }
    t.deepEqual([auth.arrivals, prefect.arrivals], [[], []]);
  });
}

/** Whether Prefect serves a page: it decodes a path once and does not collapse it, so nothing of this may be left to it. */
function isPlainlyUi(target: string): boolean {
  const path = decodeURIComponent(target.split('?', 1)[0] ?? '');
  return !/^\/(api|graphql|docs|redoc|openapi)/i.test(path) && !/\/\/|\/\.{1,2}(\/|$)|[\\%#]/.test(path);
}
