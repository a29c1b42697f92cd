import test from 'ava';
import { closing, forbidden } from '../nginx/directives/hostile.ts';
import { inheritable, linesOf } from '../nginx/directives/inheritable.ts';
import { probeSite } from '../nginx/probe-site.ts';
import { startSites } from '../nginx/sites.ts';

const names = inheritable.filter((name) => !(forbidden as readonly string[]).includes(name));
const lines = names.flatMap((name) => linesOf(name).map((line) => ({ name, line })));
const SITES = 150;

for (let from = 0; from < lines.length; from += SITES) {
  const batch = lines.slice(from, from + SITES);
  test.serial(
    `no argument of ${batch[0]?.name} to ${batch.at(-1)?.name} around the drop-in lets anyone in`,
    async (t) => {
      t.timeout(600_000);
      const sites = await startSites(
        t,
        batch.map(({ line }) => line),
      );
      const found: string[] = [];
      for (const [index, { name, line }] of batch.entries()) {
        const { openings, closures } = await probeSite(sites, index);
        found.push(...[...openings, ...(name in closing ? [] : closures)].map((each) => `${line} ${each}`));
      }
      t.deepEqual(found, []);
    },
  );
}
