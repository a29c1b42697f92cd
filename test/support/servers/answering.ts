import { startNginx } from './nginx.ts';

/** The fastest upstream there is: an nginx that answers everything itself. */
export async function startAnswering(): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const files = ({ NGINX_HTTPS_PORT }: Readonly<Record<string, string>>) => ({
    'upstream.conf': `server {
      listen ${NGINX_HTTPS_PORT};
      access_log off;
      location / { default_type application/json; return 200 '{}'; }
    }`,
  });
  const nginx = await startNginx({ auth: '127.0.0.1:1', prefect: '127.0.0.1:1', files });
  return { address: `127.0.0.1:${nginx.httpsPort}`, stop: nginx.stop };
}
