import type { ExecutionContext } from 'ava';
import { type NginxOptions, startNginx } from '../support/servers/nginx.ts';
import { dropInFiles } from './drop-in.ts';
import { exchange } from './exchange.ts';
import { echoRequestId, type Gate, refused } from './gate.ts';
import { type Reply, startRecorder } from './recorder.ts';

interface OwnServer {
  /** What stands in the server before the drop-in. */
  readonly lines?: string;
  /** How it listens, beside TLS. */
  readonly listen?: (address: string) => string;
  /** What stands at the level of http, behind the drop-in's files. */
  readonly http?: string;
  /** Further files of conf.d. */
  readonly files?: Readonly<Record<string, string>>;
  readonly prefect?: Reply;
  readonly version?: NginxOptions['version'];
}

/** An nginx of someone's own: one server with TLS and the drop-in, between a Prefect and a service that only record. */
export async function startOwnServer(t: ExecutionContext, own: OwnServer): Promise<Gate> {
  const { lines = '', listen = () => '', http = '', files = {}, version } = own;
  const prefect = await startRecorder(() => own.prefect ?? { status: 200, body: 'prefect' });
  const auth = await startRecorder(() => refused, echoRequestId);
  const nginx = await startNginx({
    auth: auth.address,
    prefect: prefect.address,
    ...(version && { version }),
    files: (variables) => ({
      ...dropInFiles(variables),
      ...files,
      'site.conf': `${http}
        server {
          listen ${variables.NGINX_HTTPS_PORT} ssl;
          ${listen(variables.NGINX_HTTPS_PORT ?? '')}
          ssl_certificate ${variables.NGINX_TLS_CERTIFICATE};
          ssl_certificate_key ${variables.NGINX_TLS_CERTIFICATE_KEY};
          ${lines}
          include prefect-auth/locations.conf;
        }`,
    }),
  });
  t.teardown(() => Promise.all([nginx.stop(), prefect.stop(), auth.stop()]).then(() => {}));
  return { nginx, prefect, auth, send: (request) => exchange(nginx.httpsPort, request) };
}
