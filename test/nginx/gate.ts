import type { ExecutionContext } from 'ava';
import { type Nginx, startNginx } from '../support/servers/nginx.ts';
import { dropInFiles } from './drop-in.ts';
import { type Answer, exchange, type Request } from './exchange.ts';
import { type Arrival, type Recorder, type Reply, startRecorder } from './recorder.ts';

/** nginx between a Prefect and a service that only record; nothing is decided here but what a test says. */
export interface Gate {
  readonly nginx: Nginx;
  readonly prefect: Recorder;
  readonly auth: Recorder;
  send(request: Request): Promise<Answer>;
}

export const allowed: Reply = {
  status: 200,
  headers: {
    'X-Auth-User': 'alice',
    'X-Auth-Key-Id': 'k1',
    'X-Auth-Roles': 'viewer',
    'X-Auth-Scopes': 'query/*',
    'X-Auth-Tenant': 'Default',
  },
};
export const refused: Reply = {
  status: 401,
  headers: { 'WWW-Authenticate': 'Bearer realm="prefect"', 'X-Auth-Reason': 'missing_credential; send a key' },
};

export type Layout = 'the bundled server' | 'the drop-in';
export const layouts: readonly Layout[] = ['the bundled server', 'the drop-in'];

/** Starts the gate for one test, and takes it down after it. `lines` stand in the server of the drop-in, or beside the bundled one. */
export async function startGate(t: ExecutionContext, layout: Layout = 'the bundled server', lines = ''): Promise<Gate> {
  const prefect = await startRecorder(() => ({
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: '"prefect"',
  }));
  const auth = await startRecorder(() => refused, echoRequestId);
  const upstreams = { auth: auth.address, prefect: prefect.address };
  const files = (variables: Readonly<Record<string, string>>) => existingNginx(variables, lines);
  const nginx = await startNginx({ ...upstreams, ...(layout === 'the drop-in' ? { files } : { httpLines: lines }) });
  t.teardown(() => Promise.all([nginx.stop(), prefect.stop(), auth.stop()]).then(() => {}));
  return { nginx, prefect, auth, send: (request) => exchange(nginx.httpsPort, request) };
}

/** An nginx that existed before, with settings around the drop-in that would open a careless one. */
function existingNginx(variables: Readonly<Record<string, string>>, lines: string): Record<string, string> {
  return {
    ...dropInFiles(variables),
    'site.conf': `
      proxy_intercept_errors on;
      proxy_set_header X-Auth-User admin;
      proxy_set_header Authorization $http_authorization;
      client_max_body_size 1m;
      server {
        listen ${variables.NGINX_HTTP_PORT};
        location / { return 200 "the other site"; }
      }
      server {
        listen ${variables.NGINX_HTTPS_PORT} ssl http2;
        ssl_certificate ${variables.NGINX_TLS_CERTIFICATE};
        ssl_certificate_key ${variables.NGINX_TLS_CERTIFICATE_KEY};
        ${lines}
        satisfy any;
        allow 127.0.0.1;
        deny all;
        error_page 401 403 =200 /login.html;
        location = /login.html { return 200 "<html>please log in</html>"; }
        include prefect-auth/locations.conf;
      }`,
  };
}

// As the service does; nginx lets nothing through on an answer to another request.
export function echoRequestId({ headers }: Arrival): Record<string, string> {
  const id = headers['x-request-id'];
  return { 'X-Request-Id': `${id}`, 'X-Auth-Verdict': `prefect-auth allows ${id}` };
}
