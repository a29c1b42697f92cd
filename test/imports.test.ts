import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import test from 'ava';

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'src');

/** As CONTRIBUTING.md lists them, the one that knows the others first. */
const folders = [...readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(/^src\/(.+?)\/ {2,}/gm)].map(
  ([, names = '']) => names.split(', ').at(-1) ?? '',
);

/** The folder of a file of src/; undefined for one that stands in src/ itself or elsewhere. */
function folderOf(path: string): string | undefined {
  const [folder, file] = relative(source, path).split(sep);
  return file === undefined || folder === '..' ? undefined : folder;
}

test('the map in CONTRIBUTING.md names every folder', (t) => {
  const there = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  t.deepEqual([...folders].sort(), there.map(({ name }) => name).sort());
});

test('imports between folders point down the map', (t) => {
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const path = join(entry.parentPath, entry.name);
    const from = folderOf(path);
    if (from === undefined) continue;
    for (const [, imported = ''] of readFileSync(path, 'utf8').matchAll(/ from '(\.[^']+\.ts)'/g)) {
      const to = folderOf(resolve(entry.parentPath, imported));
      if (to === undefined || to === from) continue;
      t.true(folders.indexOf(from) < folders.indexOf(to), `${relative(root, path)} imports from ${to}/`);
    }
  }
});
