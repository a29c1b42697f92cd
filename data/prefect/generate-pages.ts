/*
 * Writes what Prefect's own pages are (their files, and the routes of their routers) of several releases to pages.json, and
 * from it the list by which nginx knows them to nginx/prefect-auth/pages.conf.
 *
 *     node data/prefect/generate-pages.ts [2.20 3.0.11 3.4 3.8 3]
 *
 * Nothing else is public without a key: a page that is missing here asks for one when it is reloaded.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toNginxPages } from '../../test/support/prefect/nginx-pages.ts';
import { readPrefectPages } from '../../test/support/prefect/prefect-pages.ts';
import { installPrefect } from '../../test/support/servers/prefect.ts';

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['2.20', '3.0.11', '3.4', '3.8', '3'];
const [releases, files, pages]: [string[], string[], string[]] = [[], [], []];
for (const release of wanted) {
  const prefect = await installPrefect(release);
  const read = await readPrefectPages(prefect);
  releases.push(prefect.version);
  files.push(...read.files);
  pages.push(...read.pages);
}
const list = (values: readonly string[]) => [...new Set(values)].sort();
const data = { releases: list(releases), files: list(files), pages: list(pages) };
writeFileSync(join(import.meta.dirname, 'pages.json'), `${JSON.stringify(data, null, 2)}\n`);
writeFileSync(join(import.meta.dirname, '../../nginx/prefect-auth/pages.conf'), toNginxPages(data));
