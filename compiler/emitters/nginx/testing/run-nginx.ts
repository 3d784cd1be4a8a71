/**
 * Runs an emitted nginx folder with the real program on loopback, in front of a stub upstream that tests talk to.
 *
 * Owns temporary folders, certificates, ports and processes; everything ends with the test process.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, takesConnection } from '../../../testing/ports.ts';
import { requireTool } from '../../../testing/real-tools.ts';
import type { Artifact } from '../../emitter.ts';
import { prepareForTest } from '../prepare-for-test.ts';

const cleanups: (() => void)[] = [];
process.on('exit', () => {
  for (const clean of cleanups) clean();
});

/** Writes the folder with stand-ins for what only the edge host has. Gives the folder of the configuration. */
export function writeNginxFolder(
  artifacts: readonly Artifact[],
  options: { ports?: Record<number, number>; upstream?: string } = {},
): string {
  const directory = mkdtempSync(join(tmpdir(), 'nginx-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  // Workers of a privileged nginx run as nobody and have to reach the temporary files.
  chmodSync(directory, 0o755);
  const files = Object.fromEntries(artifacts.map(({ path, text }) => [path.replace(/^nginx\//, ''), text]));
  const prepared = prepareForTest(files, { ...options, directory });
  for (const folder of prepared.folders) mkdirSync(join(directory, folder));
  for (const { certificate, key, host } of prepared.certificates) {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-keyout',
        key,
        '-out',
        certificate,
        '-days',
        '2',
        '-subj',
        `/CN=${host.slice(0, 64)}`,
      ],
      { stdio: 'ignore' },
    );
  }
  for (const [path, text] of Object.entries(prepared.files)) {
    mkdirSync(dirname(join(directory, 'nginx', path)), { recursive: true });
    writeFileSync(join(directory, 'nginx', path), text);
  }
  return join(directory, 'nginx');
}

/** What `nginx -t` says about a folder. */
export function testNginxFolder(folder: string): { readonly ok: boolean; readonly output: string } {
  const run = spawnSync(
    requireTool('nginx'),
    ['-t', '-p', `${folder}/`, '-c', 'nginx.conf', '-e', join(folder, '../logs/error.log')],
    { encoding: 'utf8' },
  );
  return { ok: run.status === 0, output: run.stderr };
}

export interface RunningNginx {
  readonly httpsPort: number;
  readonly httpPort: number;
  /** Access-log lines so far. */
  log(): readonly string[];
  ask(path: string, options?: Ask): Promise<Answer>;
}

export interface Ask {
  readonly method?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Every value of each header, by name in lower case. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Milliseconds until the first byte of the body, and until the end. */
  readonly firstByte: number;
  readonly end: number;
}

/** Starts the edge in front of `upstream`, a stub or a port of this machine, and waits until it takes connections. */
export async function runNginx(
  artifacts: readonly Artifact[],
  upstream: RequestListener | number,
  host: string,
): Promise<RunningNginx> {
  const program = requireTool('nginx');
  const port = typeof upstream === 'number' ? upstream : await startStub(upstream);
  const [httpsPort, httpPort] = [await freePort(), await freePort()];
  const [probePort, statusPort] = [await freePort(), await freePort()];
  const folder = writeNginxFolder(artifacts, {
    // On a host, and in a pod; what only a pod listens on may be anywhere.
    ports: { 443: httpsPort, 80: httpPort, 8443: httpsPort, 8080: httpPort, 8081: probePort, 8082: statusPort },
    upstream: `127.0.0.1:${port}`,
  });
  const child = spawn(
    program,
    ['-p', `${folder}/`, '-c', 'nginx.conf', '-e', join(folder, '../logs/error.log'), '-g', 'daemon off;'],
    { stdio: 'ignore' },
  );
  child.unref();
  cleanups.unshift(() => child.kill());
  await waitForPort(httpsPort);
  return {
    httpsPort,
    httpPort,
    log: () =>
      readFileSync(join(folder, '../logs/access.log'), 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    ask: (path, options = {}) => ask(httpsPort, path, { host, ...options }),
  };
}

async function startStub(listener: RequestListener): Promise<number> {
  const stub = createServer(listener).listen(0, '127.0.0.1');
  stub.unref();
  await new Promise((resolve) => stub.once('listening', resolve));
  return portOf(stub.address());
}

function ask(port: number, path: string, { method = 'GET', host = '', headers = {}, body }: Ask): Promise<Answer> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        host: '127.0.0.1',
        servername: host,
        path,
        method,
        headers: { host, ...headers },
        rejectUnauthorized: false,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let firstByte = Number.NaN;
        response.on('data', (chunk: Buffer) => {
          if (chunks.length === 0) firstByte = performance.now() - start;
          chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          const found: Record<string, string[]> = {};
          for (let index = 0; index < response.rawHeaders.length; index += 2) {
            const name = (response.rawHeaders[index] ?? '').toLowerCase();
            found[name] = [...(found[name] ?? []), response.rawHeaders[index + 1] ?? ''];
          }
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            headers: found,
            firstByte,
            end: performance.now() - start,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0;

async function waitForPort(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await takesConnection(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nginx does not listen on ${port}`);
}
