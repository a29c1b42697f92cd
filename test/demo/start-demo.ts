import { join } from 'node:path';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';
import { createKey } from '../support/service/create-key.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service/service-process.ts';

interface Stoppable {
  stop(): Promise<void>;
}

interface DemoOptions<Upstream> {
  /** Everything that is kept goes there: the keys' database, the certificate, Prefect's own database, the logs. */
  readonly folder: string;
  /** Brings up what is guarded, or says where it is (`host:port`). */
  readonly upstream: () => Promise<Upstream>;
  readonly serviceSettings?: Readonly<Record<string, string>>;
  readonly nginxVariables?: Readonly<Record<string, string>>;
  readonly httpsPort?: number;
  readonly onServiceOutput?: (text: string) => void;
  readonly report?: (progress: string) => void;
}

export interface Demo<Upstream> extends Stoppable {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  readonly upstream: Upstream;
  /** DATA_DIR of the service. */
  readonly dataDir: string;
  readonly service: ServiceProcess;
  readonly ownerKey: string;
  readonly nginx: Nginx;
}

/**
 * The whole installation on one machine: the service on its embedded database, what it guards, and nginx with TLS in
 * front. What was started is stopped by `stop`, and when the start fails half-way.
 */
export async function startDemo<Upstream extends Stoppable & { readonly address: string }>({
  folder,
  upstream: startUpstream,
  serviceSettings = {},
  nginxVariables = {},
  httpsPort,
  onServiceOutput = () => {},
  report = () => {},
}: DemoOptions<Upstream>): Promise<Demo<Upstream>> {
  const started: Stoppable[] = [];
  const keep = <Part extends Stoppable>(part: Part): Part => {
    started.unshift(part);
    return part;
  };
  const stop = async (): Promise<void> => {
    for (const part of started.splice(0)) await part.stop();
  };
  try {
    const upstream = keep(await startUpstream());
    report('Starting the service on its embedded database');
    const dataDir = join(folder, 'service');
    // Before the first start, which would otherwise print a key of its own among its log lines.
    const ownerKey = await createKey(dataDir, 'olivia', { role: 'owner' });
    const service = keep(
      await startServiceProcess({ DATA_DIR: dataDir, ...serviceSettings }, { onOutput: onServiceOutput }),
    );
    report('Starting nginx');
    const nginx = keep(
      await startNginx({
        auth: service.address,
        prefect: upstream.address,
        tlsDir: join(folder, 'tls'),
        variables: nginxVariables,
        ...(httpsPort !== undefined && { httpsPort }),
      }),
    );
    return { url: nginx.url, upstream, dataDir, service, ownerKey, nginx, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
