import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, requirePrograms } from './install.ts';

const source = join(import.meta.dirname, '../../nginx');

export interface NginxOptions {
  /** host:port of the service. */
  readonly auth: string;
  /** host:port of Prefect. */
  readonly prefect: string;
  readonly serverName?: string;
  /** Where the certificate is kept, or made when there is none; a temporary folder when not given. */
  readonly tlsDir?: string;
  /** Free ports when not given. */
  readonly httpsPort?: number;
  readonly httpPort?: number;
  /** Which templates of nginx/templates are rendered; the bundled server when not given. */
  readonly templates?: readonly string[];
  /** Further variables of the templates. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Files of conf.d, by name, in place of the templates; they find the includes, `{httpsPort}`, `{httpPort}` and `{tlsDir}`. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface Nginx {
  readonly httpsPort: number;
  readonly httpPort: number;
  readonly url: string;
  /** PEM, to trust. */
  readonly certificate: string;
  readonly certificatePath: string;
  readonly keyPath: string;
  /** The access and error log so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts the real nginx on 127.0.0.1 with the project's own files, laid out and rendered as the official image does it. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  requirePrograms(
    { command: 'nginx', package: 'nginx' },
    { command: 'envsubst', package: 'gettext-base' },
    { command: 'openssl', package: 'openssl' },
  );
  const dir = mkdtempSync(join(tmpdir(), 'prefect-auth-nginx-'));
  const tlsDir = options.tlsDir ?? join(dir, 'tls');
  const httpsPort = options.httpsPort ?? (await freePort());
  const httpPort = options.httpPort ?? (await freePort());
  const certificatePath = join(tlsDir, 'prefect-auth.crt');
  const keyPath = join(tlsDir, 'prefect-auth.key');
  const variables = {
    AUTH_UPSTREAM: options.auth,
    PREFECT_UPSTREAM: options.prefect,
    NGINX_SERVER_NAME: options.serverName ?? 'localhost',
    NGINX_HTTPS_PORT: `127.0.0.1:${httpsPort}`,
    NGINX_HTTP_PORT: `127.0.0.1:${httpPort}`,
    NGINX_TLS_CERTIFICATE: certificatePath,
    NGINX_TLS_CERTIFICATE_KEY: keyPath,
    ...options.variables,
  };
  try {
    layOut(dir);
    execFileSync(join(source, 'docker-entrypoint.d/15-prefect-auth.sh'), {
      env: { ...process.env, ...variables },
      stdio: 'pipe',
    });
    const files = options.files ?? render(options.templates ?? ['default.conf.template'], variables);
    for (const [name, text] of Object.entries(files)) {
      const place = (word: string) => ({ httpsPort, httpPort, tlsDir })[word]?.toString() ?? word;
      writeFileSync(
        join(dir, 'conf.d', name),
        text.replace(/\{(httpsPort|httpPort|tlsDir)\}/g, (_, word) => place(word)),
      );
    }
    const child = await run(dir, httpsPort);
    return {
      httpsPort,
      httpPort,
      url: `https://127.0.0.1:${httpsPort}`,
      certificate: readFileSync(certificatePath, 'utf8'),
      certificatePath,
      keyPath,
      log: () => ['access.log', 'error.log'].map((name) => readFileSync(join(dir, name), 'utf8')).join('\n'),
      stop: async () => {
        await stop(child);
        rmSync(dir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

/** A port of 127.0.0.1 that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

// The official image's nginx.conf, with its paths moved below `dir`.
function layOut(dir: string): void {
  cpSync(join(source, 'prefect-auth'), join(dir, 'prefect-auth'), { recursive: true });
  for (const name of ['conf.d', 'temp']) mkdirSync(join(dir, name));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(dir, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
error_log ${dir}/error.log notice;
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

/** As the official image's 20-envsubst-on-templates.sh: only the variables that are defined are filled in, nginx's own stay. */
function render(templates: readonly string[], variables: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(variables)
    .map((name) => `\${${name}}`)
    .join(' ');
  const renderOne = (template: string) =>
    execFileSync(findProgram('envsubst') ?? 'envsubst', [names], {
      env: { PATH: process.env.PATH, ...variables },
      input: readFileSync(join(source, 'templates', template)),
      encoding: 'utf8',
    });
  return Object.fromEntries(templates.map((name) => [name.replace(/\.template$/, ''), renderOne(name)]));
}

async function run(dir: string, port: number): Promise<ChildProcess> {
  const arguments_ = ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log'), '-g', 'daemon off;'];
  const child = spawn(findProgram('nginx') ?? 'nginx', arguments_, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint += chunk;
  });
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null)
      throw new Error(`nginx did not start: ${complaint}${readFileSync(join(dir, 'error.log'), 'utf8')}`);
    if (await isListening(port)) return child;
    await sleep(50);
  }
  await stop(child);
  throw new Error(`nginx does not listen on ${port}: ${complaint}`);
}

async function isListening(port: number): Promise<boolean> {
  const socket = tcpConnect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
