import test, { type ExecutionContext } from 'ava';
import { examine } from '../../src/cli/doctor.ts';
import { createAsk } from '../../src/cli/doctor-ask.ts';
import type { Finding } from '../../src/cli/doctor-findings.ts';
import { checkPlain } from '../../src/cli/doctor-server.ts';
import { generateKey } from '../../src/keys/key-format.ts';
import { dropInFiles } from '../nginx/drop-in.ts';
import { runCli } from '../support/process/run-cli.ts';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';
import { type RunningService, startService } from '../support/service/service.ts';
import { startPrefectLike } from './prefect-like.ts';

/** What is written into the server of the drop-in, and where Prefect has its API. */
interface Installation {
  /** Around the drop-in; `{prefect}` is Prefect's address. */
  readonly server?: string;
  /** In place of it. */
  readonly instead?: string;
  /** On plain HTTP. */
  readonly plain?: string;
  readonly base?: string;
  /** Where the service takes it to be; there when not given. */
  readonly told?: string;
}

/** One service for each place of the API: they are slow to start. */
const services = new Map<string, RunningService>();
test.before(async () => {
  for (const base of ['/api', '/custom-api', '/prefect/api'])
    services.set(base, await startService({ API_BASE_PATH: base }));
});
test.after.always(() => Promise.all([...services.values()].map((service) => service.stop())));

const passesAllOn = `proxy_pass http://{prefect}; proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;`;

const GUARDED = 'include prefect-auth/locations.conf;';

interface Installed {
  readonly nginx: Nginx;
  issue(scopes: string): Promise<string>;
  /** As the command does. */
  examine(key: string, path?: string): Promise<Finding[]>;
}

async function install(t: ExecutionContext, installation: Installation = {}): Promise<Installed> {
  const { server = '', instead = GUARDED, plain = GUARDED, base = '/api', told = base } = installation;
  const prefect = await startPrefectLike(base);
  const service = services.get(told) as RunningService;
  const files = (variables: Readonly<Record<string, string>>) => ({
    ...dropInFiles(variables),
    'site.conf': `server {
      listen ${variables.NGINX_HTTPS_PORT} ssl;
      ssl_certificate ${variables.NGINX_TLS_CERTIFICATE};
      ssl_certificate_key ${variables.NGINX_TLS_CERTIFICATE_KEY};
      ${`${server}\n${instead}`.replaceAll('{prefect}', prefect.address)}
    }
    server { listen ${variables.NGINX_HTTP_PORT}; ${plain.replaceAll('{prefect}', prefect.address)} }`,
  });
  const nginx = await startNginx({ auth: new URL(service.url).host, prefect: prefect.address, files });
  t.teardown(() => Promise.all([nginx.stop(), prefect.stop()]).then(() => {}));
  return {
    nginx,
    issue: async (scopes) => (await service.issue(scopes)).key,
    examine: (key, path = '') => examine(new URL(nginx.url + path), key, { caFile: nginx.certificatePath }),
  };
}

const problemsOf = (findings: readonly Finding[]) =>
  findings.filter(({ state }) => state === 'problem').map(({ message }) => message);

test.serial("a sound installation has no problem, with an owner's key or a viewer's", async (t) => {
  const { nginx, issue } = await install(t);
  const run = async (key: string, input?: string) => {
    const words = ['doctor', nginx.url, '--ca-file', nginx.certificatePath, ...(input ? ['--key-file', '-'] : [])];
    const ran = await runCli({ PREFECT_API_KEY: key }, words, { ...(input && { input }) });
    t.deepEqual([ran.status, ran.stderr], [0, ''], ran.stdout);
    t.false(ran.stdout.includes(input ?? key));
    return ran.stdout;
  };
  const owner = await run(await issue('role:owner'));
  t.regex(owner, /^ok {7}Prefect's API answers the key at \/api\.$/m);
  t.regex(owner, /^ok {7}Refused without a key: 1\d\d paths and 5 WebSockets\.$/m);
  t.regex(owner, /^ok {7}Let in with the key: 9 requests, WebSockets included\.$/m);
  t.regex(owner, /^note {5}nginx's log format `combined`/m);
  t.notRegex(owner, /^problem/m);
  const viewer = await run('', await issue('role:viewer'));
  t.regex(viewer, /^note {5}The WebSocket \/api\/events\/in was not tried: .*mutation\/stream_events_in/m);
  t.notRegex(viewer, /^problem/m);
});

test.serial('the API is found below a sub-path and elsewhere, whichever of its addresses is given', async (t) => {
  for (const [base, paths] of [
    ['/prefect/api', ['', '/prefect', '/prefect/', '/prefect/api', '/prefect/api/']],
    ['/custom-api', ['', '/custom-api']],
  ] as const) {
    const { issue, examine } = await install(t, { base });
    const key = await issue('role:owner');
    for (const path of paths) {
      const findings = await examine(key, path);
      t.deepEqual(problemsOf(findings), [], `${base} by ${path}`);
      t.true(findings.some(({ message }) => message === `Prefect's API answers the key at ${base}.`));
    }
  }
});

test.serial('a key that is not valid is told, and locks nobody out', async (t) => {
  const { issue, examine } = await install(t);
  for (const key of ['nonsense', 'pfa_x', generateKey()]) {
    const problems = problemsOf(await examine(key));
    t.true(
      problems.some((each) => /^The key itself is refused: (?:unknown_key|too_many_failures); /.test(each)),
      problems.join(),
    );
  }
  t.deepEqual(problemsOf(await examine(await issue('role:owner'))), []);
});

test.serial('plain HTTP is warned of, wherever it is', async (t) => {
  const { nginx, issue } = await install(t);
  const plain = new URL(`http://127.0.0.1:${nginx.httpPort}`);
  const findings = await examine(plain, await issue('role:owner'), {});
  t.deepEqual(problemsOf(findings), []);
  t.true(findings.some(({ state, message }) => state === 'note' && message.startsWith('Keys travel in clear')));
  t.is((await checkPlain('/api', createAsk(plain))).state, 'ok');
  t.is(
    (await checkPlain('/nowhere', createAsk(new URL('http://127.0.0.1:1')))).message,
    'Nothing answers on plain HTTP.',
  );
  const others = { 'return 301 https://$host$request_uri;': 'note', [`location / { ${passesAllOn} }`]: 'problem' };
  for (const [plain, state] of Object.entries(others)) {
    const { nginx: other } = await install(t, { plain });
    t.is((await checkPlain('/api', createAsk(new URL(`http://127.0.0.1:${other.httpPort}`)))).state, state as 'note');
  }
});

test('what cannot be checked is an error of its own kind, and a key is never taken from the command line', async (t) => {
  const statusOf = async (words: string[], settings = {}) => {
    const { status, stdout, stderr } = await runCli(settings, ['doctor', ...words]);
    t.false(`${stdout}${stderr}`.includes('pfa_secret'));
    return status;
  };
  t.is(await statusOf(['https://127.0.0.1:1']), 2, 'no key');
  t.is(await statusOf(['https://x:pfa_secret@127.0.0.1:1'], { PREFECT_API_KEY: 'k' }), 2);
  t.is(await statusOf(['ftp://127.0.0.1'], { PREFECT_API_KEY: 'k' }), 2);
  t.is(await statusOf(['http://127.0.0.1:1'], { PREFECT_API_KEY: 'pfa_secret' }), 1, 'nothing answers');
});

/** Each with what the doctor has to say of it. */
const faulty: Readonly<Record<string, Installation & { readonly says: readonly RegExp[]; readonly key?: string }>> = {
  'a location left for the events': {
    server: `location /api/events/in { ${passesAllOn} }`,
    says: [/The WebSocket \/api\/events\/in is answered without a key \(101\)/, /with a key that nobody has \(101\)/],
  },
  'a location left for one WebSocket, by its whole path': {
    server: `location = /api/logs/out { ${passesAllOn} }`,
    says: [/The WebSocket \/api\/logs\/out is answered without a key/],
  },
  'a location left for the workers, by a regular expression in another': {
    server: `location ^~ /api/work_pools/ { location ~ /connect$ { ${passesAllOn} } ${passesAllOn} }`,
    says: [/The WebSocket \/api\/work_pools\/prefect-auth-doctor\/workers\/connect is answered without a key/],
  },
  "a location left for Prefect's health": {
    server: `location /api/health { ${passesAllOn} }`,
    says: [/POST \/api\/health is answered without a key \(405\)/],
  },
  'a location left that reads variables': {
    server: `location /api/variables/ { limit_except POST { allow all; } ${passesAllOn} }`,
    says: [/GET \/api\/variables\/filter is answered without a key/],
  },
  'a location that compares one Bearer itself': {
    server: `location /api/flows/ { if ($http_authorization !~ "^Bearer .") { return 401; } ${passesAllOn} }`,
    says: [/GET \/api\/flows\/.* without a key: refused \(401\) by something else/],
  },
  'no gate at all': {
    instead: `location / { ${passesAllOn} }`,
    says: [/Prefect's API at \/api answers without a key/, /All that was asked without a key is answered/],
  },
  'an API elsewhere, and a location of its own for it': {
    base: '/custom-api',
    server: `location /custom-api/ { ${passesAllOn} }`,
    says: [/Prefect's API at \/custom-api answers without a key/],
  },
  'a password before it all': {
    instead: 'location / { auth_basic "staff"; auth_basic_user_file /dev/null; proxy_pass http://{prefect}; }',
    says: [/\/api\/admin\/version: refused \(401\) by .*"Basic realm="staff"" \(auth_basic\?\)/],
  },
  'a sign-in before it all': {
    instead: 'location / { return 302 https://sign-in.example/?to=$request_uri; }',
    says: [/\/api\/admin\/version: sent to https:\/\/sign-in\.example/],
  },
  'a list of addresses': { server: 'allow 192.0.2.1; deny all;', says: [/refused \(403\) by something else/] },
  'another body for Prefect': {
    server:
      'location = /api/flows/filter { auth_request /_prefect_auth; include prefect-auth/answer.conf; include prefect-auth/to-prefect.conf; proxy_set_body "{\\"limit\\": 1}"; proxy_pass $prefect_auth_upstream$request_uri; }',
    says: [/A body does not reach Prefect as it was sent/],
  },
  'no Upgrade for Prefect': {
    server:
      'location /api/events/ { auth_request /_prefect_auth; include prefect-auth/answer.conf; proxy_pass $prefect_auth_upstream$request_uri; }',
    says: [/The WebSocket \/api\/events\/in.*with the key: answered/],
  },
  'metrics for everyone': {
    server: 'location = /metrics { proxy_pass http://prefect_auth_service; }',
    says: [/The service's own \/metrics can be reached/],
  },
  'an API_BASE_PATH that nobody told the service': {
    base: '/custom-api',
    told: '/api',
    key: 'role:viewer',
    says: [/POST \/custom-api\/flows\/filter is no request that the service knows: .*mutation\/unknown/],
  },
};

for (const [name, { says, key = 'role:owner', ...installation }] of Object.entries(faulty)) {
  test.serial(`the doctor finds ${name}`, async (t) => {
    const { issue, examine } = await install(t, installation);
    const problems = problemsOf(await examine(await issue(key)));
    for (const line of says)
      t.true(
        problems.some((each) => line.test(each)),
        `${line}\n${problems.join('\n')}`,
      );
  });
}
