import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { chosenNginx } from '../support/servers/nginx-program.ts';
import { forbidden, hostile, hostileToNewest, zones } from './directives/hostile.ts';
import { inheritable, linesOf } from './directives/inheritable.ts';
import { probeSite } from './probe-site.ts';
import { startSites } from './sites.ts';

test('what a server around the drop-in sets for its own requests does no harm to ours', async (t) => {
  const lines = chosenNginx === 'newest' ? [...hostile, ...hostileToNewest] : hostile;
  const sites = await startSites(t, lines, zones);
  for (const [index, line] of lines.entries()) {
    const { openings, closures } = await probeSite(sites, index);
    t.deepEqual(
      { openings, closures: closures.filter((each) => !isForLackOfBody(line, each)) },
      { openings: [], closures: [] },
      line,
    );
  }
});

/** A rewrite may lead past the location that shows the body; the service refuses what it is not shown. */
function isForLackOfBody(line: string, closure: string): boolean {
  return line.startsWith('rewrite') && closure.endsWith('is judged without its body, and so refused');
}

test('every directive that a location of ours could inherit is tried with something', (t) => {
  t.true(inheritable.length > 200);
  const untried = inheritable.filter(
    (name) => !hostile.some((line) => mentions(line, name)) && linesOf(name).length === 0,
  );
  t.deepEqual(untried, []);
});

test('what nginx asks beside a refused request reaches nobody either', async (t) => {
  const lines = ['post_action /flows;', 'post_action /api/flows/1;', 'add_before_body /flows; addition_types *;'];
  const sites = await startSites(t, lines);
  for (const index of lines.keys()) {
    for (const target of ['/api/flows/1', '/api/flow_runs/', '/graphql', '/docs']) {
      t.is((await sites.send(index, { method: 'POST', target, body: Buffer.from('{}') })).status, 401);
    }
    // What is asked afterwards is asked before the connection is used again.
    await sites.send(index, { target: '/api/flows/1' });
    t.deepEqual(sites.prefect.arrivals, [], lines[index]);
  }
});

test('what cannot be taken back in a location is named to whoever installs the drop-in', (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../nginx/drop-in.conf'), 'utf8');
  for (const name of forbidden) t.true(inheritable.includes(name) && page.includes(`\`${name}\``), name);
});

function mentions(line: string, name: string): boolean {
  return new RegExp(`(?:^|[;{] )${name}[ ;]`).test(line);
}
