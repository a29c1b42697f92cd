import { Command } from 'commander';
import { createAsk } from './doctor-ask.ts';
import { checkClosed, checkOpen } from './doctor-checks.ts';
import { type Finding, toLines } from './doctor-findings.ts';
import { findApis, toBase } from './doctor-places.ts';
import { checkEncryption, checkServer, LOG_NOTE } from './doctor-server.ts';
import { EXIT } from './exit-codes.ts';
import { readInput } from './input.ts';
import { print } from './print.ts';

interface DoctorOptions {
  readonly keyFile?: string;
  readonly caFile?: string;
  readonly json?: boolean;
}

export function createDoctorCommand(): Command {
  return new Command('doctor')
    .description(
      'Check an installation from outside, as a client: a valid key is accepted everywhere, and nothing else is anywhere.',
    )
    .argument('<url>', 'as clients reach it: https://prefect.example.com, or with the path of its API')
    .option(
      '--key-file <file>',
      'a file with a key, - for standard input; otherwise the environment variable PREFECT_API_KEY',
    )
    .option('--ca-file <file>', "the authority of the server's certificate, if it is your own")
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (url: string, options: DoctorOptions, command: Command) => {
      const origin = readUrl(url, command);
      const findings = await examine(origin, await readKey(options, command), options);
      print(options.json ? `${JSON.stringify(findings)}\n` : toLines(findings));
      if (findings.some(({ state }) => state === 'problem')) process.exitCode = EXIT.refused;
    });
}

const HELP = `
It changes nothing in Prefect: it reads, and opens WebSockets and closes them. Use a key that may read (the role viewer), or an
owner's, with which every WebSocket can be tried. Some 200 refusals will be in the audit trail.
It exits with 0 if all is well, with 5 if something is not, and with 1 if nothing answers.

Examples:
  PREFECT_API_KEY=... prefect-auth doctor https://prefect.example.com
  prefect-auth doctor https://prefect.example.com/prefect/api --key-file key.txt --ca-file ca.crt`;

/** @throws Error if nothing answers */
export async function examine(origin: URL, key: string, { caFile }: { caFile?: string }): Promise<Finding[]> {
  const ask = createAsk(origin, caFile);
  const path = toBase(origin.pathname);
  const { apis, findings } = await findApis(path, { ask, key });
  const found = [...findings];
  for (const base of apis.length > 0 ? apis : [path.endsWith('api') ? path : `${path}/api`]) {
    found.push(...(await checkClosed(base, { ask, key })));
    if (apis.length > 0) found.push(...(await checkOpen(base, { ask, key })));
  }
  const [base = '/api'] = apis;
  found.push(...(await checkServer(path, ask)), ...(await checkEncryption(origin, base)), LOG_NOTE);
  return found;
}

function readUrl(text: string, command: Command): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    command.error('error: the URL has to begin with https:// or http://', { exitCode: EXIT.usage });
  }
  if (url.username !== '' || url.password !== '') {
    command.error(
      'error: no key in the URL, where every process of this machine can read it; use PREFECT_API_KEY or --key-file',
    );
  }
  return url;
}

async function readKey({ keyFile }: DoctorOptions, command: Command): Promise<string> {
  // biome-ignore lint/style/noProcessEnv: a key stands in the environment or in a file, never on a command line
  const key = (keyFile === undefined ? (process.env.PREFECT_API_KEY ?? '') : await readInput(keyFile)).trim();
  if (!/^[!-~]+$/.test(key)) {
    command.error('error: a key is needed, in PREFECT_API_KEY or in --key-file (- for standard input)');
  }
  return key;
}
