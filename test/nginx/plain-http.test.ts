import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { startNginx } from '../support/servers/nginx.ts';
import { type RunningService, startService } from '../support/service/service.ts';
import { dropInFiles } from './drop-in.ts';
import { startRecorder } from './recorder.ts';

async function warningsOf({ url }: RunningService): Promise<readonly string[]> {
  return ((await (await fetch(`${url}/readyz`)).json()) as { warnings: string[] }).warnings;
}

test("someone's own plain server serves, and is warned of unless the proxy before it has TLS", async (t) => {
  const prefect = await startRecorder(() => ({ status: 200, body: '"prefect"' }));
  t.teardown(() => prefect.stop());
  for (const [trusted, forwarded, isWarned] of [
    ['', {}, true],
    ['', { 'X-Forwarded-Proto': 'https' }, true],
    ['geo $realip_remote_addr $prefect_auth_is_trusted_proxy { default 1; }', { 'X-Forwarded-Proto': 'https' }, false],
    ['geo $realip_remote_addr $prefect_auth_is_trusted_proxy { default 1; }', { 'X-Forwarded-Proto': 'http' }, true],
  ] as const) {
    const service = await startService();
    t.teardown(() => service.stop());
    const nginx = await startNginx({
      auth: new URL(service.url).host,
      prefect: prefect.address,
      files: (variables) => ({
        ...dropInFiles(variables),
        'site.conf': `${trusted} server { listen ${variables.NGINX_HTTP_PORT}; include prefect-auth/locations.conf; }`,
      }),
    });
    t.teardown(() => nginx.stop());
    const ask = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${nginx.httpPort}/api/admin/version`, { headers: { ...forwarded, ...headers } });
    const { key } = await service.issue('query/*');
    t.is((await ask({})).status, 401);
    t.deepEqual(await warningsOf(service), [], 'nothing has leaked yet');
    for (const headers of [{ Authorization: `Bearer ${key}` }, { 'X-Prefect-User-Id': key }]) {
      t.is((await ask(headers)).status, 200);
    }
    await delay(50);
    t.is((await warningsOf(service)).filter((warning) => /plain http/.test(warning)).length, isWarned ? 1 : 0);
    t.is(service.log().filter(({ subject }) => subject === 'plain http').length, isWarned ? 1 : 0, 'said once');
  }
});
