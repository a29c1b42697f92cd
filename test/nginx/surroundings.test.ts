import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { examine } from '../../src/cli/doctor.ts';
import { startPrefectLike } from '../cli/prefect-like.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { type RunningService, startService } from '../support/service/service.ts';
import { dropInFiles } from './drop-in.ts';
import { type Surrounding, surroundings } from './surroundings.ts';

const services = new Map<string, RunningService>();
test.before(async () => {
  for (const base of ['/api', '/prefect/api']) services.set(base, await startService({ API_BASE_PATH: base }));
});
test.after.always(() => Promise.all([...services.values()].map((service) => service.stop())));

for (const [name, surrounding] of Object.entries(surroundings)) {
  test.serial(`in surrounding ${name}, the drop-in ${outcomeOf(surrounding)}`, async (t) => {
    const { conf, base = '/api', isTls, hasAuthString, says, refuses } = surrounding;
    const prefect = await startPrefectLike(base);
    t.teardown(() => prefect.stop());
    const { reply } = prefect;
    prefect.reply = (arrival) =>
      hasAuthString && arrival.headers.authorization !== 'Basic YTpi'
        ? { status: 401, body: '{"exception_message":"Unauthorized"}' }
        : reply(arrival);
    const service = services.get(base) as RunningService;
    const starting = startNginx({
      auth: new URL(service.url).host,
      prefect: prefect.address,
      files: (variables) => ({ ...dropInFiles(variables), 'theirs.conf': fillIn(conf, variables) }),
    });
    if (refuses !== undefined) {
      await t.throwsAsync(starting, { message: refuses });
      return;
    }
    const nginx = await starting;
    t.teardown(() => nginx.stop());
    const url = new URL(isTls ? nginx.url : `http://127.0.0.1:${nginx.httpPort}`);
    const { key } = await service.issue('role:owner');
    const findings = await examine(url, key, isTls ? { caFile: nginx.certificatePath } : {});
    const problems = findings.filter(({ state }) => state === 'problem').map(({ message }) => message);
    if (says === undefined) t.deepEqual(problems, []);
    else
      t.true(
        problems.some((message) => says.test(message)),
        problems.join('\n'),
      );
  });
}

test('the page of the drop-in names what keeps nginx from starting', (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../nginx/drop-in.conf'), 'utf8');
  t.true(page.includes('duplicate location'));
});

function outcomeOf({ says, refuses }: Surrounding): string {
  if (refuses) return 'keeps nginx from starting';
  return says ? 'is not all there is, and the doctor says so' : 'works';
}

function fillIn(conf: string, variables: Readonly<Record<string, string>>): string {
  const values: Readonly<Record<string, string | undefined>> = {
    '{http}': variables.NGINX_HTTP_PORT,
    '{https}': variables.NGINX_HTTPS_PORT,
    '{prefect}': variables.PREFECT_UPSTREAM,
    '{certificate}': variables.NGINX_TLS_CERTIFICATE,
    '{key}': variables.NGINX_TLS_CERTIFICATE_KEY,
    '{drop-in}': 'include prefect-auth/locations.conf;',
  };
  return conf.replaceAll(/\{[a-z-]+\}/g, (name) => values[name] ?? name);
}
