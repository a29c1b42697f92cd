import { readFile } from 'node:fs/promises';
import test from 'ava';
import { settings } from '../src/config/config.ts';

interface Documented {
  readonly default?: string;
  readonly description: string;
}

test('the README lists every setting with its default', async (t) => {
  const rows = Object.entries<Documented>(settings).map(
    ([name, setting]) =>
      `| \`${name}\` | ${setting.default ? `\`${setting.default}\`` : ''} | ${setting.description} |`,
  );
  const table = ['| setting | default | what it is |', '| --- | --- | --- |', ...rows].join('\n');
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const listed = /<!-- settings -->\n([\s\S]*?)\n*<!-- \/settings -->/.exec(readme)?.[1];
  t.is(listed, table, 'put the expected table between the markers');
});
