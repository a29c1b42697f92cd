import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findProgram } from '../install/install.ts';
import { baseEnvironment, startProgram, waitUntilReady } from '../process/child-process.ts';
import { findFreePort } from '../process/free-port.ts';
import { chosenNginx, type NginxVersion, requireNginx } from './nginx-program.ts';

const source = join(import.meta.dirname, '../../../nginx');
const folders = new Set<string>();

process.once('exit', () => folders.forEach(removeFolder));

export interface NginxOptions {
  /** host:port of the service. */
  readonly auth: string;
  /** host:port of Prefect. */
  readonly prefect: string;
  readonly serverName?: string;
  /** Where the certificate is kept, and made when there is none; a temporary folder when not given. */
  readonly tlsDir?: string;
  /** Free ports when not given. */
  readonly httpsPort?: number;
  readonly httpPort?: number;
  /** Debian's nginx when not given; the environment variable NGINX says it for all. */
  readonly version?: NginxVersion;
  /** Which templates are rendered, as nginx/templates sees them; the bundled server when not given. */
  readonly templates?: readonly string[];
  /** Further variables of the templates, or others than the usual ones. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What its error log holds; from `notice` on when not given. */
  readonly errorLogLevel?: 'info' | 'notice';
  /** A file more in conf.d, as someone adds it who keeps the bundled server as it is. */
  readonly httpLines?: string;
  /**
   * Files of conf.d in place of the templates, made from the variables: an nginx that existed before. `../prefect-auth/headers.conf`
   * is what its owner wrote there.
   */
  readonly files?: (variables: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
}

export interface Nginx {
  readonly url: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  /** Of the certificate that clients have to trust, and of its key. */
  readonly certificatePath: string;
  readonly keyPath: string;
  /** The access log and the error log so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts the real nginx on 127.0.0.1. A free port may be somebody else's by the time nginx wants it: then others are tried. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const isFixed = options.httpsPort !== undefined || options.httpPort !== undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      return await startNginxOnce(options);
    } catch (error) {
      const isTaken = error instanceof Error && error.message.includes('Address already in use');
      if (!isTaken || isFixed || attempt === 5) throw error;
    }
  }
}

/** With the project's own files, laid out and rendered as the official image does it. */
async function startNginxOnce(options: NginxOptions): Promise<Nginx> {
  const version = options.version ?? chosenNginx;
  const { command } = requireNginx(version);
  const dir = mkdtempSync(join(tmpdir(), 'prefect-auth-nginx-'));
  folders.add(dir);
  const tlsDir = options.tlsDir ?? join(dir, 'tls');
  const httpsPort = options.httpsPort ?? (await findFreePort());
  const httpPort = options.httpPort ?? (await findFreePort());
  const certificatePath = join(tlsDir, 'prefect-auth.crt');
  const keyPath = join(tlsDir, 'prefect-auth.key');
  const variables = {
    AUTH_UPSTREAM: options.auth,
    PREFECT_UPSTREAM: options.prefect,
    NGINX_SERVER_NAME: options.serverName ?? 'localhost',
    NGINX_UI_SIGN_IN: 'form',
    NGINX_UI_BASE_PATH: '/',
    NGINX_RESOLVER: '127.0.0.11',
    NGINX_HTTPS_PORT: `127.0.0.1:${httpsPort}`,
    NGINX_HTTP_PORT: `127.0.0.1:${httpPort}`,
    NGINX_ACCESS_LOG: join(dir, 'access.log'),
    NGINX_TLS_CERTIFICATE: certificatePath,
    NGINX_TLS_CERTIFICATE_KEY: keyPath,
    ...options.variables,
  };
  try {
    layOut(dir, options.files === undefined, options.errorLogLevel ?? 'notice');
    runEntryPoint(variables);
    const files =
      options.files?.(variables) ??
      render(options.templates ?? ['default.conf.template'], variables, version === 'newest');
    if (options.httpLines !== undefined) writeFileSync(join(dir, 'conf.d/more.conf'), options.httpLines);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, 'conf.d', name), text);
    const stop = await run(dir, command);
    return {
      url: `https://127.0.0.1:${httpsPort}`,
      httpsPort,
      httpPort,
      certificatePath,
      keyPath,
      log: () => ['access.log', 'error.log'].map((name) => readFileSync(join(dir, name), 'utf8')).join('\n'),
      stop: () => stop().finally(() => removeFolder(dir)),
    };
  } catch (error) {
    removeFolder(dir);
    throw error;
  }
}

/** What the image runs before it renders: checks the variables, and makes a certificate when there is none. */
export function runEntryPoint(variables: Readonly<Record<string, string>>): void {
  const script = join(source, 'docker-entrypoint.d/15-prefect-auth.sh');
  execFileSync(script, { env: { ...baseEnvironment('/'), ...variables }, stdio: 'pipe' });
}

// The official image's nginx.conf, with its paths moved below `dir`; the bundled server has headers of its own.
function layOut(dir: string, isBundled: boolean, errorLogLevel: string): void {
  cpSync(join(source, 'prefect-auth'), join(dir, 'prefect-auth'), { recursive: true });
  if (isBundled) cpSync(join(source, 'bundled-headers.conf'), join(dir, 'prefect-auth/headers.conf'));
  for (const name of ['conf.d', 'temp']) mkdirSync(join(dir, name));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(dir, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
error_log ${dir}/error.log ${errorLogLevel};
pid ${dir}/nginx.pid;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
    access_log ${dir}/access.log main;
    sendfile on;
    keepalive_timeout 65;
    ${temporary.map((name) => `${name}_temp_path ${dir}/temp/${name};`).join(' ')}
    include ${dir}/conf.d/*.conf;
}
`,
  );
}

// As the official image's 20-envsubst-on-templates.sh: only what is defined is filled in, nginx's own variables stay. Debian's nginx
// knows no `resolve` there yet.
function render(
  templates: readonly string[],
  variables: Readonly<Record<string, string>>,
  isNewest: boolean,
): Record<string, string> {
  const names = Object.keys(variables).map((name) => `\${${name}}`);
  const renderOne = (template: string): string =>
    execFileSync(findProgram('envsubst') ?? 'envsubst', [names.join(' ')], {
      env: { ...baseEnvironment('/'), ...variables },
      input: readFileSync(join(source, 'templates', template)),
      encoding: 'utf8',
    });
  return Object.fromEntries(
    templates.map((name) => [
      basename(name, '.template'),
      isNewest ? renderOne(name) : renderOne(name).replaceAll(' resolve;', ';'),
    ]),
  );
}

/** Resolves, once nginx listens, to what stops it. */
async function run(dir: string, command: string): Promise<() => Promise<void>> {
  const args = ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log'), '-g', 'daemon off;'];
  const program = startProgram(command, args, { env: baseEnvironment(dir) });
  // Written once all its ports are its own: that somebody listens there proves nothing.
  await waitUntilReady(program, async () => existsSync(join(dir, 'nginx.pid')), 'nginx');
  return program.stop;
}

function removeFolder(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
  folders.delete(dir);
}
