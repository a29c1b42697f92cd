import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireNewestProgram } from '../support/install/newest-program.ts';
import { runProgram } from '../support/process/child-process.ts';
import type { SiteAnswer, SiteRequest } from './sites.ts';

/** Each by its number, as nginx's `$server_protocol` ends. */
export type HttpVersion = '1.1' | '2' | '3';

const OPTIONS: Readonly<Record<HttpVersion, string>> = { '1.1': '--http1.1', '2': '--http2', '3': '--http3-only' };

interface CurlRequest extends SiteRequest {
  /** Without it a body comes with its length. */
  readonly hasNoLength?: boolean;
}

/** Asks as Debian's newest curl does, in the given version of HTTP and in no other; the path is sent as it is. */
export async function askWithCurl(port: number, http: HttpVersion, request: CurlRequest): Promise<SiteAnswer> {
  const { method = 'GET', target, headers = {}, body, hasNoLength } = request;
  const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-curl-'));
  const file = join(folder, 'body');
  writeFileSync(file, body ?? '');
  const lines = { ...(body && { 'Content-Type': 'application/json' }), ...headers };
  const args = [
    '--silent',
    '--show-error',
    '--insecure',
    '--max-time',
    '10',
    '--path-as-is',
    '--globoff',
    OPTIONS[http],
    '--request',
    method,
    ...Object.entries(lines).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ...(body ? ['--data-binary', `@${file}`] : []),
    ...(hasNoLength ? ['--header', 'Transfer-Encoding: chunked'] : []),
    '--write-out',
    '\n%{http_version} %{response_code}',
    `https://localhost:${port}${target}`,
    '--resolve',
    `localhost:${port}:127.0.0.1`,
  ];
  const { status, output } = await runProgram(requireNewestProgram('bin/curl').command, args, { env: {} }).finally(() =>
    rmSync(folder, { recursive: true }),
  );
  const [, text = '', version, code] = /^(.*)\n(\S+) (\d+)$/s.exec(output) ?? [];
  if (status !== 0 || version !== http) throw new Error(`curl ended with ${status}: ${output}`);
  return { status: Number(code), body: text };
}
