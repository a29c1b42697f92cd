import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isPortFree } from '../support/process/free-port.ts';
import { installPrefect, type PrefectInstallation, startPrefect } from '../support/servers/prefect.ts';
import { createKey } from '../support/service/create-key.ts';
import { createAuditTrailReader } from './audit-trail.ts';
import { describeDemo } from './describe-demo.ts';
import { startExampleUpstream } from './example-upstream.ts';
import { requireNeeds } from './require-needs.ts';
import { startDemo } from './start-demo.ts';

const usage = `npm run demo -- [--upstream HOST:PORT] [--port PORT]

  --upstream  guard the Prefect that runs there; without it one is installed and started
  --port      where nginx listens for HTTPS; 8443, or a free one where that is taken

Everything is kept under DATA_DIR (.data); delete its folder "demo" to begin anew.
`;
const usualPort = 8443;
const folder = resolve(process.env.DATA_DIR ?? '.data', 'demo');

interface Options {
  readonly upstream: string | undefined;
  readonly httpsPort: number | undefined;
}

async function main(): Promise<void> {
  const options = await readOptions();
  let stop = async (): Promise<void> => {};
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // What is still starting goes down with this process (child-process.ts).
    process.once(signal, () => {
      report('Stopping');
      void stop().finally(() => process.exit(0));
    });
  }
  report('Looking for what it needs');
  await requireNeeds({ installsPrefect: options.upstream === undefined });
  const prefect = options.upstream === undefined ? await tryToInstallPrefect() : undefined;
  const demo = await startDemo({
    folder,
    report,
    onServiceOutput: createAuditTrailReader((line) => console.log(line)),
    upstream: () => startUpstream(options, prefect),
    ...(options.httpsPort !== undefined && { httpsPort: options.httpsPort }),
  });
  stop = demo.stop;
  console.log(
    describeDemo({
      url: demo.url,
      certificate: relative('.', demo.nginx.certificatePath),
      dataDir: relative('.', demo.dataDir),
      ownerKey: demo.ownerKey,
      viewerKey: await createKey(demo.dataDir, 'victor', { role: 'viewer' }),
      prefect,
    }),
  );
}

async function startUpstream({ upstream }: Options, prefect: PrefectInstallation | undefined) {
  if (upstream !== undefined) return { address: upstream, stop: async () => {} };
  if (!prefect) return startExampleUpstream();
  report(`Starting Prefect ${prefect.version}`);
  return startPrefect(prefect, resolve(folder, 'prefect'));
}

async function tryToInstallPrefect(): Promise<PrefectInstallation | undefined> {
  report('Preparing Prefect 3 in a virtual environment (the first time it is downloaded: about a minute)');
  try {
    return await installPrefect();
  } catch (error) {
    report(`Prefect cannot be had here: ${(error as Error).message.trim()}`);
    report('An example that answers with what has arrived takes its place');
    return undefined;
  }
}

async function readOptions(): Promise<Options> {
  const { values } = parseArgs({
    options: { upstream: { type: 'string' }, port: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  if (values.upstream !== undefined && !/^[^\s/:]+:\d+$/.test(values.upstream)) {
    throw new Error(`--upstream takes HOST:PORT, such as 127.0.0.1:4200, not ${values.upstream}`);
  }
  return { upstream: values.upstream, httpsPort: await choosePort(values.port) };
}

async function choosePort(given: string | undefined): Promise<number | undefined> {
  if (given === undefined) return (await isPortFree(usualPort)) ? usualPort : undefined;
  if (await isPortFree(Number(given))) return Number(given);
  throw new Error(
    `--port ${given} is not a port that can be listened on: another program has it, or it is out of range`,
  );
}

function report(progress: string): void {
  console.log(`${progress} ...`);
}

main().catch((error: Error) => {
  console.error(`The demo could not start: ${error.message}`);
  process.exit(1);
});
