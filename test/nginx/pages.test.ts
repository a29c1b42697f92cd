import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import pages from '../../data/prefect/pages.json' with { type: 'json' };
import { apiTargets, OTHER_API_PATHS } from '../support/prefect/api-targets.ts';
import { toNginxPages } from '../support/prefect/nginx-pages.ts';
import { layouts, startGate } from './gate.ts';
import { startOwnServer } from './own-server.ts';
import type { Reply } from './recorder.ts';

const sample = (pattern: string) => pattern.replaceAll('*', 'x');

test('nginx knows the pages that the service knows', (t) => {
  t.is(readFileSync(join(import.meta.dirname, '../../nginx/prefect-auth/pages.conf'), 'utf8'), toNginxPages(pages));
});

for (const layout of layouts) {
  test(`${layout}: every page and file of Prefect's needs no key, in v1 and v2`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    for (const pattern of [...pages.files, ...pages.pages]) {
      for (const target of [sample(pattern), `/v2${sample(pattern)}`]) {
        t.is((await send({ target })).status, 200, target);
        t.is(prefect.arrivals.pop()?.target, target);
      }
    }
    t.deepEqual(auth.arrivals, []);
  });

  test(`${layout}: wherever Prefect's API lies, each of its routes is asked about`, async (t) => {
    const { send, auth, prefect } = await startGate(t, layout);
    for (const base of OTHER_API_PATHS) {
      for (const target of apiTargets(base)) {
        t.is((await send({ target })).status, 401, target);
        t.is(auth.arrivals.pop()?.headers['x-original-uri'], target);
      }
    }
    t.deepEqual(prefect.arrivals, []);
  });
}

test('pages below a path of their own are public there and nowhere else', async (t) => {
  const { send, prefect } = await startOwnServer(t, {
    http: 'map $host $prefect_auth_ui_base { default /team/pre.fect; }',
    prefect: { status: 200, body: '{"auth":null}', headers: { 'Content-Type': 'application/json' } },
  });
  const status = async (target: string) => (await send({ target })).status;
  for (const target of ['', '/', '/v2', '/v2/', '/dashboard', '/v2/runs/flow-run/x?y', '/assets/a.js', '/?x']) {
    t.is(await status(`/team/pre.fect${target}`), 200, target);
    t.is(prefect.arrivals.pop()?.target, `/team/pre.fect${target}`);
  }
  const settings = await send({ target: '/team/pre.fect/ui-settings?query={flow{id}}' });
  t.regex(settings.body, /\{"auth":"BASIC"\}/);
  t.is(prefect.arrivals.pop()?.target, '/team/pre.fect/ui-settings');
  for (const target of [
    '/',
    '/dashboard',
    '/ui-settings',
    '/assets/a.js',
    '/team',
    '/team/prexfect/runs',
    '/team/pre.fectx/runs',
    '/pre.fect/runs',
    '/team/pre.fect/api/flows/x',
    '/team/pre.fect/v2/api/flows/x',
    '/x/team/pre.fect/runs',
    '/team/pre.fect/team/pre.fect/runs',
    '/team/pre.fect//',
    '//team/pre.fect/',
    '/team/pre.fect|',
    '/team/pre.fect/graphql',
  ])
    t.is(await status(target), 401, target);
  t.deepEqual(prefect.arrivals, []);
});

test('the pages ask for a password unless the service says that everyone may look', async (t) => {
  const { send, auth, prefect } = await startGate(t);
  prefect.reply = () => ({ status: 200, body: '{"auth":null}', headers: { 'Content-Type': 'application/json' } });
  const saying = async (reply: Reply) => {
    auth.reply = () => reply;
    const { status, body } = await send({ target: '/ui-settings' });
    t.is(status, 200);
    return /"auth":[^}]*/.exec(body)?.[0];
  };
  t.is(await saying({ status: 204, headers: { 'X-Auth-Sign-In': 'none' } }), '"auth":null');
  t.deepEqual([auth.arrivals.at(-1)?.target, auth.arrivals.at(-1)?.method], ['/auth/sign-in', 'GET']);
  for (const status of [200, 204, 302, 400, 401, 403, 404, 429, 500, 503])
    t.is(await saying({ status, headers: { Location: '/' } }), '"auth":"BASIC"', `${status}`);
  t.is(await saying({ status: 500, headers: { 'X-Auth-Sign-In': 'none' } }), '"auth":"BASIC"');
  t.is(await saying({ status: 204, headers: { 'X-Auth-Sign-In': 'other' } }), '"auth":"BASIC"');
  await auth.stop();
  t.regex((await send({ target: '/ui-settings', headers: ['X-Auth-Sign-In: none'] })).body, /"auth":"BASIC"/);
});
