import test, { type ExecutionContext } from 'ava';
import { startNginx } from '../support/servers/nginx.ts';
import { exchange } from './exchange.ts';
import { allowed, echoRequestId } from './gate.ts';
import { startRecorder } from './recorder.ts';

async function start(t: ExecutionContext, signIn = 'browser') {
  const prefect = await startRecorder(() => ({ status: 200, body: '"prefect"' }));
  const auth = await startRecorder(() => allowed, echoRequestId);
  const nginx = await startNginx({
    auth: auth.address,
    prefect: prefect.address,
    variables: { NGINX_UI_SIGN_IN: signIn },
  });
  t.teardown(() => Promise.all([nginx.stop(), prefect.stop(), auth.stop()]).then(() => {}));
  const send = (target: string, headers: readonly string[]) =>
    exchange(nginx.httpsPort, {
      target,
      host: 'prefect.example.com',
      headers: ['Authorization: Basic a2V5', ...headers],
    });
  return { prefect, auth, send };
}

const fetchSite = (site: string) => `Sec-Fetch-Site: ${site}`;
const foreign = ['cross-site', 'same-site', 'Cross-Site', 'something new'].map(fetchSite);

test('a key that the browser adds counts for our own pages and the address bar, and for no page of another site', async (t) => {
  const { auth, send } = await start(t);
  const keyWith = async (...headers: string[]) => {
    for (const target of ['/api/flows/1', '/graphql', '/docs']) {
      await send(target, headers);
      const key = auth.arrivals.pop()?.headers.authorization;
      if (key === undefined) return undefined;
    }
    return 'sent';
  };
  t.is(await keyWith(), 'sent', 'curl');
  t.is(await keyWith(fetchSite('same-origin')), 'sent');
  t.is(await keyWith(fetchSite('none')), 'sent', 'typed or a bookmark');
  t.is(await keyWith(fetchSite('same-origin'), 'Origin: https://prefect.example.com'), 'sent');
  for (const site of foreign) {
    t.is(await keyWith(site), undefined, site);
    t.is(await keyWith(site, 'Origin: https://prefect.example.com'), undefined, site);
  }
  t.is(await keyWith(fetchSite('same-origin'), 'Origin: https://elsewhere.example'), undefined);
});

test('no page of another site frames ours', async (t) => {
  const { prefect, send } = await start(t);
  for (const target of ['/', '/dashboard', '/v2/', '/ui-settings', '/docs']) {
    for (const site of foreign) {
      for (const dest of ['iframe', 'frame', 'embed', 'object'])
        t.is((await send(target, [site, `Sec-Fetch-Dest: ${dest}`])).status, 403, `${target} ${site} ${dest}`);
    }
    t.regex(
      (await send(target, [fetchSite('none')])).headers.get('content-security-policy') ?? '',
      /frame-ancestors 'self'/,
    );
    t.is((await send(target, [fetchSite('same-origin'), 'Sec-Fetch-Dest: iframe'])).status, 200, target);
    t.is((await send('/', [fetchSite('cross-site'), 'Sec-Fetch-Dest: document'])).status, 200, 'a link');
  }
  t.true(prefect.arrivals.length > 0);
});

test('where the pages have a form, their key is no browser’s, and nothing of this is asked', async (t) => {
  const { auth, send } = await start(t, 'form');
  for (const site of foreign) {
    await send('/api/flows/1', [site, 'Origin: https://elsewhere.example']);
    t.is(auth.arrivals.pop()?.headers.authorization, 'Basic a2V5', site);
  }
});
