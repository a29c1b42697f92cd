import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { findFreePort } from '../support/process/free-port.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { dropInFiles } from './drop-in.ts';
import { allowed, echoRequestId } from './gate.ts';
import { startRecorder } from './recorder.ts';

/** nginx behind a proxy that ends TLS; `ask` comes from an address of the loopback. */
async function start(t: ExecutionContext, layout: 'the template' | 'the drop-in', uiSignIn = 'form') {
  const prefect = await startRecorder(() => ({ status: 200, body: '"prefect"' }));
  const auth = await startRecorder(() => allowed, echoRequestId);
  const port = await findFreePort();
  const nginx = await startNginx({
    auth: auth.address,
    prefect: prefect.address,
    ...(layout === 'the template'
      ? {
          templates: ['default.conf.template', '../behind-tls/listen-behind-tls.conf.template'],
          variables: {
            NGINX_BEHIND_TLS_PORT: `127.0.0.1:${port}`,
            NGINX_TRUSTED_PROXY: '127.0.0.7',
            NGINX_UI_SIGN_IN: uiSignIn,
          },
        }
      : {
          files: (variables) => ({
            ...dropInFiles(variables),
            'site.conf': `
              geo $realip_remote_addr $prefect_auth_is_trusted_proxy { default 0; 127.0.0.7 1; }
              map $host $prefect_auth_ui_sign_in { default ${uiSignIn}; }
              server {
                listen 127.0.0.1:${port};
                set_real_ip_from 127.0.0.0/8;
                real_ip_header X-Forwarded-For;
                include prefect-auth/locations.conf;
              }`,
          }),
        }),
  });
  t.teardown(() => Promise.all([nginx.stop(), prefect.stop(), auth.stop()]).then(() => {}));
  async function ask(from: string, headers: Record<string, string>, path = '/api/flows/1') {
    const sent = request({
      port,
      host: '127.0.0.1',
      localAddress: from,
      path,
      headers: { Host: 'inner:80', ...headers },
    });
    const [answer] = (await once(sent.end(), 'response')) as [IncomingMessage];
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
  }
  return { prefect, auth, ask };
}

const came = {
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'prefect.example.com',
  'X-Forwarded-For': '192.0.2.7',
};

for (const layout of ['the template', 'the drop-in'] as const) {
  test(`${layout}: a trusted proxy says how the client came, and who it is`, async (t) => {
    const { prefect, auth, ask } = await start(t, layout);
    prefect.reply = ({ headers }) => ({ status: 307, headers: { Location: `http://${headers.host}/api/flows/` } });
    const answer = await ask('127.0.0.7', came);
    t.is(answer.headers.location, 'https://prefect.example.com/api/flows/');
    t.like(prefect.arrivals[0]?.headers, {
      host: 'prefect.example.com',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'prefect.example.com',
      'x-real-ip': '192.0.2.7',
    });
    t.is(auth.arrivals[0]?.headers['x-real-ip'], '192.0.2.7');
    for (const host of ['a/b', 'a b', 'x?y', '', 'a,b']) {
      await ask('127.0.0.7', { ...came, 'X-Forwarded-Host': host });
      t.is(prefect.arrivals.at(-1)?.headers.host, 'inner:80', host);
    }
  });

  test(`${layout}: a browser's key counts where the page is ours by what the proxy says, and nowhere else`, async (t) => {
    const { auth, ask } = await start(t, layout, 'browser');
    const keyFor = async (from: string, headers: Record<string, string>) => {
      await ask(from, { ...came, Authorization: 'Basic a2V5', ...headers });
      return auth.arrivals.pop()?.headers.authorization;
    };
    t.is(await keyFor('127.0.0.7', { Origin: 'https://prefect.example.com' }), 'Basic a2V5');
    for (const origin of [
      'http://prefect.example.com',
      'https://inner:80',
      'http://inner:80',
      'https://elsewhere.example',
    ])
      t.is(await keyFor('127.0.0.7', { Origin: origin }), undefined, origin);
    t.is(
      await keyFor('127.0.0.8', { Origin: 'https://prefect.example.com' }),
      undefined,
      'not a proxy that is trusted',
    );
  });
}

test('the template: who is not the proxy, or came without TLS, is refused', async (t) => {
  const { prefect, auth, ask } = await start(t, 'the template');
  for (const [from, headers] of [
    ['127.0.0.8', came],
    ['127.0.0.7', {}],
    ['127.0.0.7', { ...came, 'X-Forwarded-Proto': 'http' }],
    ['127.0.0.7', { ...came, 'X-Forwarded-Proto': 'https, http' }],
    ['127.0.0.8', { ...came, 'X-Forwarded-For': '127.0.0.7' }],
  ] as const) {
    for (const path of ['/api/flows/1', '/', '/graphql']) {
      const { status, body } = await ask(from, headers, path);
      t.is(status, 403, `${from} ${path}`);
      t.regex(JSON.parse(body).detail, /NGINX_TRUSTED_PROXY/);
    }
  }
  t.deepEqual([prefect.arrivals, auth.arrivals], [[], []]);
});

test('the drop-in: what anyone else says of the scheme and the host is not believed', async (t) => {
  const { prefect, ask } = await start(t, 'the drop-in');
  await ask('127.0.0.8', came);
  t.like(prefect.arrivals[0]?.headers, {
    host: 'inner:80',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'inner:80',
  });
});
