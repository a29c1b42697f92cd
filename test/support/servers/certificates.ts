import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirePrograms } from '../install/install.ts';

export interface Certificates {
  /** PEM, of the authority. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** An authority of its own, and a certificate that it signed for one host name. */
export function makeCertificates(host: string): Certificates {
  requirePrograms({ command: 'openssl', package: 'openssl' });
  const folder = mkdtempSync(join(tmpdir(), 'prefect-auth-certificates-'));
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  try {
    const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl(
      'req',
      '-x509',
      ...fresh,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      '/CN=test authority',
      '-days',
      '2',
    );
    openssl('req', ...fresh, '-keyout', 'key', '-out', 'request', '-subj', `/CN=${host}`);
    writeFileSync(join(folder, 'extensions'), `subjectAltName=DNS:${host}\n`);
    const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions', '-days', '2'];
    openssl('x509', '-req', '-in', 'request', ...sign, '-out', 'crt');
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    return { ca: read('ca.crt'), certificate: read('crt'), key: read('key') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
