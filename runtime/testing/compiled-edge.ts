/**
 * A compiled nginx configuration, run by the real nginx in front of a gateway.
 *
 * Owns what has to differ here: ports, certificates, logs, the address of the runtime, and that nobody listens on IPv6. Every
 * other byte is what the edge reads. Relies on the compiler printing one directive a line.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';

import { type ConnectionOptions, connect } from 'node:tls';
import type { CompiledSystem } from '../../compiler/testing/compiled-system.ts';
import { freePort } from '../../compiler/testing/ports.ts';
import { createAuthority } from './certificates.ts';
import { makeNginxFolder, startNginx, TEMPORARY_PATHS } from './nginx.ts';

export interface CompiledEdge {
  readonly port: number;
  /** The name that its server answers to. */
  readonly host: string;
  ask(path: string, options?: EdgeRequest): Promise<EdgeAnswer>;
  /** Sends `count` equal GETs over one connection without waiting for answers, and tells their statuses. */
  pipeline(path: string, count: number): Promise<readonly number[]>;
  /** A TLS handshake with what a client offers: the version, cipher and protocol that came of it, or undefined when it was refused. */
  shake(offer: ConnectionOptions): Promise<Handshake | undefined>;
  /** Lines of the access log so far. */
  log(): readonly Readonly<Record<string, unknown>>[];
  /** The text of the error log so far. */
  errors(): string;
}

export interface Handshake {
  readonly version: string | null;
  readonly cipher: string;
  readonly protocol: string | false | null;
}

export interface EdgeRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The address that is called from, in 127.0.0.0/8. Default: 127.0.0.1, which the edge may trust. */
  readonly from?: string;
}

export interface EdgeAnswer {
  readonly status: number;
  readonly body: string;
  /** Every value of a field, in order; none when it is missing. */
  all(name: string): readonly string[];
}

/** `runtime` is the port that the gateway listens on. */
export async function startCompiledEdge(
  program: string,
  { system, runtime }: { readonly system: CompiledSystem; readonly runtime: number },
  later: Parameters<typeof makeNginxFolder>[0],
): Promise<CompiledEdge> {
  const folder = makeNginxFolder(later);
  mkdirSync(join(folder, 'logs'));
  const pair = createAuthority(folder).issue('edge');
  const [port, plain, probe, status] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const ports = { 80: plain, 443: port, 8080: plain, 8443: port, 8081: probe, 8082: status };
  const source = join(system.folder, 'nginx');
  const paths = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.conf'));
  const replace = (line: string): string => prepareLine(line, { ports, runtime, ...pair });
  const files = paths.map((path) => {
    const text = readFileSync(join(source, path), 'utf8');
    return [path, text.split('\n').map(replace).join('\n')] as const;
  });
  const host = paths.find((path) => /^conf\.d\/[^_]/.test(path))?.slice('conf.d/'.length, -'.conf'.length);
  if (host === undefined) throw new Error(`${system.tree} has no server`);
  await startNginx(program, { folder, files: Object.fromEntries(files), port }, later);
  return {
    port,
    host,
    ask: (path, options = {}) => ask({ port, host, path, ...options }),
    pipeline: (path, count) => pipeline({ port, host, path, count }),
    shake: (offer) => shake({ host: '127.0.0.1', port, servername: host, rejectUnauthorized: false, ...offer }),
    log: () =>
      readFileSync(join(folder, 'logs/access.log'), 'utf8')
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [JSON.parse(line)])),
    errors: () => readFileSync(join(folder, 'logs/error.log'), 'utf8'),
  };
}

function shake(offer: ConnectionOptions): Promise<Handshake | undefined> {
  return new Promise((resolve) => {
    const socket = connect(offer, () => {
      resolve({
        version: socket.getProtocol(),
        cipher: socket.getCipher().standardName,
        protocol: socket.alpnProtocol,
      });
      socket.destroy();
    });
    socket.on('error', () => resolve(undefined));
  });
}

interface Stand {
  /** By the port that the tree has. */
  readonly ports: Readonly<Record<number, number>>;
  readonly runtime: number;
  readonly certFile: string;
  readonly keyFile: string;
}

function prepareLine(line: string, { ports, runtime, certFile, keyFile }: Stand): string {
  const [, indent = '', name = '', rest = ''] = /^(\s*)(\S+) (.*)$/.exec(line) ?? [];
  switch (name) {
    case 'ssl_certificate':
      return `${indent}ssl_certificate "${certFile}";`;
    case 'ssl_certificate_key':
      return `${indent}ssl_certificate_key "${keyFile}";`;
    case 'pid':
      return 'pid nginx.pid;';
    case 'error_log':
      return `error_log logs/error.log ${rest.split(' ').at(-1)}`;
    case 'access_log':
      return rest === 'off;' ? line : `${indent}access_log logs/access.log edge;`;
    case 'worker_processes':
      return 'worker_processes 1;';
    case 'worker_rlimit_nofile':
      return '';
    case 'worker_connections':
      return `${indent}worker_connections 256;`;
    case 'listen':
      return rest.startsWith('[') ? '' : `${indent}listen ${prepareAddress(rest, ports)}`;
    case 'resolver':
      return `${indent}resolver 127.0.0.1:9;`;
    case 'client_body_temp_path':
    case 'proxy_temp_path':
    case 'fastcgi_temp_path':
    case 'uwsgi_temp_path':
    case 'scgi_temp_path':
      return '';
    case 'server':
      return rest === '{' ? line : `${indent}server 127.0.0.1:${runtime};`;
    case 'http':
      return `${line}\n${TEMPORARY_PATHS}`;
    default:
      return line;
  }
}

const prepareAddress = (rest: string, ports: Stand['ports']): string =>
  rest.replace(/^(?:127\.0\.0\.1:)?(\d+)/, (_, port: string) => `127.0.0.1:${ports[Number(port)] ?? port}`);

function ask(options: EdgeRequest & { port: number; host: string; path: string }): Promise<EdgeAnswer> {
  const { port, host, path, method = 'GET', headers = {}, body, from = '127.0.0.1' } = options;
  return new Promise((resolve, reject) => {
    const call = request(
      {
        ...{ host: '127.0.0.1', port, servername: host, localAddress: from, path, method, agent: false },
        headers: { host, ...headers },
        rejectUnauthorized: false,
        maxHeaderSize: 1 << 20,
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: text,
            all: (name) => valuesOf(response.rawHeaders, name),
          }),
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

interface Pipelined {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly count: number;
}

/** So fast that next to nothing is restored meanwhile, however slow the machine is at handshakes. */
function pipeline({ port, host, path, count }: Pipelined): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: host, rejectUnauthorized: false });
    const request = (last: boolean) =>
      `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${last ? 'connection: close\r\n' : ''}\r\n`;
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve([...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))));
    socket.write(request(false).repeat(count - 1) + request(true));
  });
}

/** Node joins repeated fields; what came is in the raw ones. */
function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
