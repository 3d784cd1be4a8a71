/**
 * Makes a copy of the nginx folder that any user can test and run beside a real one.
 *
 * Owns what differs between the edge host and a test: certificates, ports, logs, the process id and the addresses of upstreams. Every
 * other byte is what production reads. Pure: the caller writes the files and makes the certificates.
 */
import { compareKeys } from '../../../schemas/data/texts.ts';

export interface NginxTestOptions {
  /** Absolute folder for the certificates, logs and temporary files. Its sub-folders are named by `folders`. */
  readonly directory: string;
  /** Loopback port for each public one. */
  readonly ports?: Readonly<Record<number, number>>;
  /** Address that stands in for every upstream; without it host names become `127.0.0.1:9`, which answers nothing. */
  readonly upstream?: string;
}

export interface PreparedNginx {
  /** By path under the folder of the configuration. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders to make under `directory`. */
  readonly folders: readonly string[];
  /** A key and a self-signed certificate to make for each of these. */
  readonly certificates: readonly { readonly certificate: string; readonly key: string; readonly host: string }[];
}

/** Files are given by path under `nginx/`. Relies on the printer: one directive a line. */
export function prepareForTest(files: Readonly<Record<string, string>>, options: NginxTestOptions): PreparedNginx {
  const entries = Object.entries(files).sort(compareKeys);
  const certificates = entries.flatMap(([path, text]) => {
    const host = /^conf\.d\/(.+)\.conf$/.exec(path)?.[1];
    if (host === undefined || !/^\s*ssl_certificate /m.test(text)) return [];
    return [
      {
        host,
        certificate: `${options.directory}/certificates/${host}.pem`,
        key: `${options.directory}/certificates/${host}.key`,
      },
    ];
  });
  const prepared = entries.map(([path, text]) => {
    const certificate = certificates.find(({ host }) => path === `conf.d/${host}.conf`);
    return [
      path,
      text
        .split('\n')
        .map((line) => prepareLine(line, options, certificate))
        .join('\n'),
    ] as const;
  });
  return { files: Object.fromEntries(prepared), folders: ['certificates', 'logs', 'temporary'], certificates };
}

function prepareLine(
  line: string,
  { directory, ports = {}, upstream }: NginxTestOptions,
  certificate: PreparedNginx['certificates'][number] | undefined,
): string {
  const [, indent = '', name = '', rest = ''] = /^(\s*)(\S+) (.*)$/.exec(line) ?? [];
  switch (name) {
    case 'ssl_certificate':
      return `${indent}ssl_certificate "${certificate?.certificate}";`;
    case 'ssl_certificate_key':
      return `${indent}ssl_certificate_key "${certificate?.key}";`;
    case 'pid':
      return `${indent}pid "${directory}/nginx.pid";`;
    case 'error_log':
      return `${indent}error_log "${directory}/logs/error.log" info;`;
    case 'access_log':
      return rest === 'off;' ? line : `${indent}access_log "${directory}/logs/access.log" edge;`;
    case 'worker_processes':
      return `${indent}worker_processes 1;`;
    case 'worker_rlimit_nofile':
      return `${indent}# ${name} ${rest}`;
    case 'worker_connections':
      return `${indent}worker_connections 256;`;
    case 'listen':
      return prepareListen(line, indent, rest, ports);
    case 'server':
      return rest === '{' ? line : `${indent}server ${upstream ?? '127.0.0.1:9'};`;
    case 'resolver':
      return `${indent}resolver 127.0.0.1:9;`;
    case 'client_body_temp_path':
    case 'proxy_temp_path':
    case 'fastcgi_temp_path':
    case 'uwsgi_temp_path':
    case 'scgi_temp_path':
      return `${indent}# ${name} ${rest}`;
    case 'http':
      return [line, ...TEMPORARY.map((kind) => `    ${kind}_temp_path "${directory}/temporary/${kind}";`)].join('\n');
    default:
      return line;
  }
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const;

/** IPv4 loopback at the test's port. The IPv6 listener is left out: not every build machine has IPv6. */
function prepareListen(line: string, indent: string, rest: string, ports: Readonly<Record<number, number>>): string {
  const [, address, port = '', options = ''] = /^(\[::\]:|127\.0\.0\.1:)?(\d+)(.*)$/.exec(rest) ?? [];
  if (address?.startsWith('[') === true) return `${indent}# ${line.trim()}`;
  return `${indent}listen 127.0.0.1:${ports[Number(port)] ?? port}${options}`;
}
