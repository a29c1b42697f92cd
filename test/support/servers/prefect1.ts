import { resolve } from 'node:path';
import { createVirtualEnvironment } from '../install/python.ts';
import { baseEnvironment, runProgram } from '../process/child-process.ts';

/** Prefect 1 was written for a setuptools with `pkg_resources` and a marshmallow whose schemas have a `context`. */
const requirements = ['prefect==1.4.1', 'setuptools<81', 'marshmallow<4'];

export interface Prefect1Client {
  /** Runs `prefect <arguments>`; what it printed, and its exit status. */
  run(...commandLine: readonly string[]): Promise<{ readonly status: number | null; readonly output: string }>;
  /** The same client with more settings. */
  with(settings: Readonly<Record<string, string>>): Prefect1Client;
}

/**
 * Installs Prefect 1's command line, once, and points one with a home folder of its own at an endpoint.
 *
 * @param endpoint such as `https://localhost:8443`, whose certificate is in the file `certificatePath`
 */
export async function createPrefect1Client(
  home: string,
  endpoint: string,
  certificatePath: string,
): Promise<Prefect1Client> {
  const folder = resolve(process.env.PREFECT_VENVS ?? `${process.env.DATA_DIR ?? '.data'}/venvs`, 'prefect-1.4.1');
  await createVirtualEnvironment(folder, requirements);
  const env = {
    ...baseEnvironment(home),
    PREFECT__CLOUD__API: endpoint,
    REQUESTS_CA_BUNDLE: certificatePath,
    PREFECT__LOGGING__FORMAT: '%(levelname)s | %(message)s',
    PYTHONWARNINGS: 'ignore',
  };
  const toClient = (settings: Readonly<Record<string, string>>): Prefect1Client => ({
    run: (...commandLine) => runProgram(`${folder}/bin/prefect`, commandLine, { env: settings, cwd: home }),
    with: (more) => toClient({ ...settings, ...more }),
  });
  return toClient(env);
}
