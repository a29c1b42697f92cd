import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type SecureVersion } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { runEntryPoint, startNginx } from '../support/servers/nginx.ts';
import { startGate } from './gate.ts';

const settings = {
  AUTH_UPSTREAM: 'auth:3000',
  PREFECT_UPSTREAM: 'prefect-server:4200',
  NGINX_SERVER_NAME: 'prefect.example.com',
  NGINX_HTTPS_PORT: '8443',
  NGINX_ACCESS_LOG: '/var/log/nginx/access.log',
  NGINX_UI_SIGN_IN: 'form',
  NGINX_UI_BASE_PATH: '/',
  NGINX_RESOLVER: '127.0.0.11',
  NGINX_HTTP_PORT: '8080',
};

function temporaryFolder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'prefect-auth-tls-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function certificateIn(dir: string) {
  return { NGINX_TLS_CERTIFICATE: join(dir, 'a.crt'), NGINX_TLS_CERTIFICATE_KEY: join(dir, 'a.key') };
}

/** What the entry point complains about. */
function complaint(variables: Record<string, string>): string {
  try {
    runEntryPoint(variables);
    return '';
  } catch (error) {
    return (error as { stderr: Buffer }).stderr.toString();
  }
}

async function askPlain(port: number, method: string, path: string, headers: Record<string, string> = {}) {
  const asked = request({ port, host: '127.0.0.1', method, path, headers }).end();
  const [answer] = await once(asked, 'response');
  let body = '';
  for await (const text of answer.setEncoding('utf8')) body += text;
  return { status: answer.statusCode, headers: answer.headers, body };
}

test('over plain HTTP a page is sent on, with the path as it was', async (t) => {
  const { nginx, prefect, auth } = await startGate(t);
  for (const [method, path] of [
    ['GET', '/'],
    ['HEAD', '/runs?x=%20'],
    ['GET', '/work-pools/work-pool/my%20pool'],
    ['GET', '/favicon.ico'],
  ] as const) {
    const answer = await askPlain(nginx.httpPort, method, path);
    t.is(answer.status, 308, path);
    t.is(answer.headers.location, `https://127.0.0.1:${nginx.httpsPort}${path}`);
  }
  t.deepEqual([auth.arrivals, prefect.arrivals], [[], []]);
});

test('over plain HTTP everything else is refused: a key that was sent has leaked, and its client notices', async (t) => {
  const { nginx, prefect, auth } = await startGate(t);
  const key = 'pfa_sent-in-clear';
  const credentials: Record<string, string>[] = [
    {},
    { Authorization: `Bearer ${key}` },
    { Authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
    { 'X-Prefect-User-Id': key },
  ];
  const asked: [string, string, Record<string, string>?][] = [
    ['GET', '/api/health'],
    ['POST', '/api/flows/filter'],
    ['DELETE', '/api/flows/a%2Fb?x=%20'],
    ['OPTIONS', '/api/flows/filter', { Origin: 'http://elsewhere.example' }],
    ['GET', '/api/events/in', { Connection: 'upgrade', Upgrade: 'websocket' }],
    ['POST', '/graphql'],
    ['GET', '/?query={flow{id}}'],
    ['POST', '/'],
    ['GET', '/custom-api/flows/'],
    ['GET', '/docs'],
    ['GET', '/prefect-auth/keys'],
    ['GET', '/%61pi/health'],
  ];
  for (const [method, path, more] of asked) {
    for (const headers of credentials) {
      const answer = await askPlain(nginx.httpPort, method, path, { ...headers, ...more });
      t.is(answer.status, 403, `${method} ${path}`);
      t.is(answer.headers['content-type'], 'application/json');
      t.is(answer.headers.location, undefined);
      t.regex((JSON.parse(answer.body) as { detail: string }).detail, /https/);
    }
  }
  for (const headers of credentials.slice(1)) {
    t.is((await askPlain(nginx.httpPort, 'GET', '/runs', headers)).status, 403, 'a page with a key');
  }
  t.deepEqual([auth.arrivals, prefect.arrivals], [[], []]);
  t.false(nginx.log().includes(key));
});

test('TLS 1.2 and 1.3 are spoken, and HTTP/2 offered; 1.1 is not', async (t) => {
  const { nginx } = await startGate(t);
  const ca = readFileSync(nginx.certificatePath);
  const speak = async (version: SecureVersion) => {
    const options = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
    const socket = connect({
      port: nginx.httpsPort,
      host: '127.0.0.1',
      servername: 'localhost',
      ca,
      ALPNProtocols: ['h2', 'http/1.1'],
      ...options,
    });
    await once(socket, 'secureConnect');
    const spoken = [socket.getProtocol(), socket.alpnProtocol, socket.authorized];
    socket.destroy();
    return spoken;
  };
  t.deepEqual(await speak('TLSv1.2'), ['TLSv1.2', 'h2', true]);
  t.deepEqual(await speak('TLSv1.3'), ['TLSv1.3', 'h2', true]);
  await t.throwsAsync(speak('TLSv1.1'), { message: /protocol version|unsupported protocol/ });
});

test('a certificate is made once, for the names of the server, with a key only its owner can read', (t) => {
  const dir = temporaryFolder(t);
  const variables = { ...settings, ...certificateIn(dir), NGINX_SERVER_NAME: 'prefect.example.com _ 10.1.2.3' };
  runEntryPoint(variables);
  const pem = readFileSync(variables.NGINX_TLS_CERTIFICATE, 'utf8');
  const certificate = new X509Certificate(pem);
  for (const name of ['prefect.example.com', 'localhost']) t.truthy(certificate.checkHost(name));
  for (const address of ['10.1.2.3', '127.0.0.1']) t.truthy(certificate.checkIP(address));
  t.is(statSync(variables.NGINX_TLS_CERTIFICATE_KEY).mode & 0o777, 0o600);
  t.deepEqual(readdirSync(dir).sort(), ['a.crt', 'a.key']);

  runEntryPoint(variables);
  t.is(readFileSync(variables.NGINX_TLS_CERTIFICATE, 'utf8'), pem);
});

test('a certificate that is given is used, and half of one is a mistake', async (t) => {
  const dir = temporaryFolder(t);
  const variables = { ...settings, ...certificateIn(dir) };
  writeFileSync(variables.NGINX_TLS_CERTIFICATE, 'a certificate');
  t.regex(complaint(variables), /NGINX_TLS_CERTIFICATE_KEY .* exists: give both or neither/);

  rmSync(variables.NGINX_TLS_CERTIFICATE);
  runEntryPoint({ ...variables, NGINX_SERVER_NAME: 'given.example.com' });
  const nginx = await startNginx({ auth: '127.0.0.1:1', prefect: '127.0.0.1:1', variables: certificateIn(dir) });
  t.teardown(nginx.stop);
  const socket = connect({ port: nginx.httpsPort, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  t.is(socket.getPeerCertificate().subject.CN, 'given.example.com');
  socket.destroy();
});

test('what would not be a word of the configuration is refused, every problem at once', (t) => {
  const variables = { ...settings, ...certificateIn('/nowhere') };
  const wrong = {
    AUTH_UPSTREAM: 'auth:3000; } server { listen 80',
    PREFECT_UPSTREAM: 'prefect',
    NGINX_SERVER_NAME: 'a; b',
    NGINX_HTTPS_PORT: '443 ssl',
    NGINX_HTTP_PORT: '',
    NGINX_UI_BASE_PATH: 'prefect; }',
    NGINX_RESOLVER: 'dns',
    NGINX_ACCESS_LOG: 'log combined; }',
    NGINX_TLS_CERTIFICATE: 'a b',
    NGINX_TLS_CERTIFICATE_KEY: '$key',
  };
  const all = complaint({ ...variables, ...wrong });
  for (const [name, value] of Object.entries(wrong)) {
    t.true(all.includes(`${name}=`), name);
    t.true(complaint({ ...variables, [name]: value }).startsWith(`prefect-auth: ${name}="`), name);
    t.true(complaint({ ...variables, [name]: `x:1\nlisten 1;` }).includes(`${name}=`), `${name} with a line break`);
  }
});
