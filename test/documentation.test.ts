import { existsSync, globSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import test from 'ava';
import { createProgram } from '../src/cli/program.ts';
import { settings } from '../src/config/settings.ts';
import { findCommands, pages, readPage, readPages } from './support/documentation.ts';

const root = resolve(import.meta.dirname, '..');

interface Documented {
  readonly default?: string;
  readonly description: string;
}

test('docs/settings.md lists every setting with its default', (t) => {
  const rows = Object.entries<Documented>(settings).map(
    ([name, setting]) =>
      `| \`${name}\` | ${setting.default ? `\`${setting.default}\`` : ''} | ${setting.description} |`,
  );
  const table = ['| setting | default | what it is |', '| --- | --- | --- |', ...rows].join('\n');
  const listed = /<!-- settings -->\n([\s\S]*?)\n*<!-- \/settings -->/.exec(readPage('docs/settings.md'))?.[1];
  t.is(listed, table, 'put the expected table between the markers');
});

test('docs/troubleshooting.md says of every reason what to do', (t) => {
  const [, union = ''] = /export type ReasonCode =([^;]*);/.exec(readPage('src/authorization/denial.ts')) ?? [];
  const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code);
  t.true(codes.length >= 12);
  const rows = readPage('docs/troubleshooting.md').matchAll(/^\| \d{3} \| ([^|]+) \| [^|]+ \|$/gm);
  const documented = [...rows].flatMap(([, reasons = '']) => [...reasons.matchAll(/`(\w+)`/g)].map(([, code]) => code));
  t.deepEqual(documented.sort(), codes.sort());
});

test('docs/troubleshooting.md quotes messages as the service writes them', (t) => {
  const source = globSync('src/**/*.ts', { cwd: root }).map(readPage).join('\n');
  const page = readPage('docs/troubleshooting.md');
  for (const heading of ['### A scope is missing', '## In the log and in `/readyz`']) {
    const [, section = ''] = page.split(`${heading}\n`);
    const cells = (section.split('\n#')[0] ?? '').matchAll(/^\| `([A-Z…][^`|]+ [^`|]+)` \|/gm);
    const quoted = [...cells].flatMap(([, message = '']) => message.split('…')).filter((part) => part.length > 5);
    t.true(quoted.length >= 3, heading);
    for (const part of quoted) t.true(source.includes(part), part);
  }
});

test('README.md is a front page', (t) => {
  t.true(readPage('README.md').trimEnd().split('\n').length <= 150);
});

test('the index of the documentation names every page', (t) => {
  const index = readPage('docs/README.md');
  for (const page of pages.filter((path) => path !== 'docs/README.md'))
    t.true(index.includes(`](${relative('docs', page)})`), page);
});

/** As GitHub makes them of headings. */
function anchorsOf(text: string): Set<string> {
  const headings = withoutCode(text).matchAll(/^#+ +(.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .replace(/\]\([^)]*\)/g, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, '');
}

for (const page of [...pages, 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'src/key-cache/README.md']) {
  test(`every link of ${page} leads somewhere`, (t) => {
    const text = withoutCode(readPage(page)).replace(/`[^`\n]*`(?!\])/g, '');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https:\/\//.test(link)) continue;
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? page : join(dirname(page), file);
      t.true(existsSync(join(root, path)), link);
      if (anchor !== undefined) t.true(anchorsOf(readPage(path)).has(anchor), link);
    }
    t.pass();
  });
}

test('the command line takes every command of the documentation', (t) => {
  const commands = findCommands(readPages());
  t.true(commands.length > 40);
  for (const line of commands) {
    let command = createProgram();
    let words = line;
    for (;;) {
      const next = command.commands.find((each) => each.name() === words[0]);
      if (next === undefined) break;
      command = next;
      words = words.slice(1);
    }
    t.is(command.commands.length, 0, line.join(' '));
    const { operands, unknown } = command.parseOptions(words);
    t.deepEqual(unknown, [], line.join(' '));
    t.true(operands.length <= command.registeredArguments.length, line.join(' '));
  }
});
