/** Certificates for tests, made at run time with openssl and thrown away with their folder. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';

export interface Pair {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Authority {
  readonly caFile: string;
  /** Issues a certificate for 127.0.0.1 and localhost; a serial number that is given is kept. */
  issue(name: string, serial?: number): Pair;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function createAuthority(folder: string, name = 'authority'): Authority {
  const caFile = join(folder, `${name}.pem`);
  const caKey = join(folder, `${name}.key`);
  openssl('req', '-x509', ...EC, '-keyout', caKey, '-out', caFile, '-days', '2', '-subj', `/CN=${name}`);
  return {
    caFile,
    issue(common, serial = 1 + Math.floor(Math.random() * 1e9)) {
      const [certFile, keyFile, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((ending) =>
        join(folder, `${name}-${common}.${ending}`),
      ) as [string, string, string, string];
      writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
      openssl('req', ...EC, '-keyout', keyFile, '-out', request, '-subj', `/CN=${common}`);
      const signing = ['-CA', caFile, '-CAkey', caKey, '-set_serial', String(serial), '-extfile', extensions];
      openssl('x509', '-req', '-in', request, ...signing, '-days', '2', '-out', certFile);
      return { certFile, keyFile };
    },
  };
}

export const read = ({ certFile, keyFile }: Pair) => ({ cert: readFileSync(certFile), key: readFileSync(keyFile) });

function openssl(...args: readonly string[]): void {
  execaSync('openssl', args, { stdin: 'ignore', stdout: 'ignore' });
}
