import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { measureBefore } from './before.ts';
import { measureBodySize } from './body-size.ts';
import { cores, leaveServiceCpus } from './cpus.ts';
import { measureEndurance } from './endurance.ts';
import { type Figure, toTable } from './figure.ts';
import { measureLatency } from './latency.ts';
import { measureMemory } from './memory.ts';
import { measureRevocation } from './revocation.ts';
import { measureTableSize } from './table-size.ts';
import { measureThroughput } from './throughput.ts';
import { measureWorkers } from './workers.ts';
import { measureWorstCase } from './worst-case.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    before: { type: 'string' },
    requests: { type: 'string', default: '3000000' },
    output: { type: 'string', default: '.data/bench.json' },
  },
});

const once = { pairs: 1, seconds: 1, warmUpSeconds: 2 };
const pace = values.short ? once : { pairs: 5, seconds: 4, warmUpSeconds: 10 };
const largeTable = values.short ? { keys: 20_000, hot: 2_000 } : { keys: 1_000_000, hot: 10_000 };
const before = values.before;
const measurements: Readonly<Record<string, () => Promise<Figure[]>>> = {
  ...(before !== undefined && { before: () => measureBefore(before, values.short ? once : { ...pace, pairs: 9 }) }),
  throughput: () => measureThroughput(values.short ? once : { ...pace, pairs: 9 }),
  latency: () => measureLatency(pace),
  revocation: () => measureRevocation(values.short ? 3 : 100),
  'table-size': () => measureTableSize(values.short ? 1 : 5, pace, largeTable, { keys: 1_000, hot: 1_000 }),
  'body-size': () => measureBodySize(pace),
  workers: () => measureWorkers(pace),
  endurance: () => measureEndurance(values.short ? 5_000 : Number(values.requests)),
  'worst-case': () =>
    measureWorstCase(values.short ? { times: 1, seconds: 1, every: 12 } : { times: 15, seconds: 3, every: 1 }),
  memory: () => measureMemory(values.short ? 1_000 : 100_000, values.short ? 1_000 : 12_000),
};

const unknown = values.only.find((name) => !(name in measurements));
if (unknown !== undefined) {
  console.error(`--only takes ${Object.keys(measurements).join(', ')}; not ${unknown}.`);
  process.exit(64);
}

leaveServiceCpus(1);
const figures: Figure[] = [];
for (const [name, run] of Object.entries(measurements)) {
  if (values.only.length > 0 && !values.only.includes(name)) continue;
  console.error(`measuring: ${name}`);
  figures.push(...(await run()));
}

const machine = { cpus: cores, model: cpus()[0]?.model, node: process.version };
await mkdir(dirname(values.output), { recursive: true });
await writeFile(
  values.output,
  `${JSON.stringify({ at: new Date(), machine, short: values.short, figures }, null, 2)}\n`,
);
console.log(`${toTable(figures)}\n\nAll of it: ${values.output}`);
