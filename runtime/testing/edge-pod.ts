/**
 * A pod of the compiled edge as a process of this machine: the files of its ConfigMaps where its volumes put them, and nginx by the very
 * command of its container.
 *
 * Owns what has to differ here, and nothing else: where folders are, which ports are free, and what the names of the cluster stand for. The
 * DNS of the cluster is a server of the test, so that a name may change its address while nginx runs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CompiledSystem } from '../../compiler/testing/compiled-system.ts';
import { freePort, takesConnection } from '../../compiler/testing/ports.ts';
import { createAuthority } from './certificates.ts';
import { startDns } from './dns.ts';

export interface EdgePod {
  readonly ports: { readonly http: number; readonly https: number; readonly probe: number; readonly status: number };
  readonly host: string;
  /** The process of nginx, which is the first of its pod. */
  readonly child: ChildProcess;
  /** The arguments of the exporter beside it. */
  readonly exporterArgs: readonly string[];
  /** Fills the Secret of the certificate, as cert-manager does; the kubelet brings it into the pod. */
  issue(serial: number): void;
  log(): readonly Readonly<Record<string, unknown>>[];
}

export interface PodOptions {
  readonly system: CompiledSystem;
  /** The port that stands for the gateway. */
  readonly runtime: number;
  /** The port that stands for the one that solvers listen on. */
  readonly solver?: number;
  /** The addresses of a name at this moment. */
  readonly resolve?: (name: string) => readonly string[];
}

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Volume {
  readonly name: string;
  readonly projected?: {
    readonly sources: readonly {
      readonly configMap: { readonly name: string; readonly items: readonly { key: string; path: string }[] };
    }[];
  };
  readonly secret?: { readonly secretName: string };
}

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { containers: readonly Container[]; volumes: readonly Volume[] } };
  };
}

type Later = (cleanUp: () => Promise<unknown>) => void;

export async function startEdgePod(program: string, options: PodOptions, later: Later): Promise<EdgePod> {
  const { system } = options;
  const root = mkdtempSync(join(tmpdir(), 'seaworthy-pod-'));
  chmodSync(root, 0o755);
  later(async () => rmSync(root, { recursive: true, force: true }));
  const { containers, volumes } = (system.data('kubernetes/edge/deployment-edge.yaml') as Deployment).spec.template
    .spec;
  const nginx = containers.find(({ name }) => name === 'nginx');
  const ports = { http: await freePort(), https: await freePort(), probe: await freePort(), status: await freePort() };
  const adapt = await adapter(options, ports, root, later);
  for (const { name, mountPath } of nginx?.volumeMounts ?? []) {
    mkdirSync(join(root, mountPath), { recursive: true });
    for (const [path, text] of filesOf(
      system,
      volumes.find((volume) => volume.name === name),
    )) {
      mkdirSync(dirname(join(root, mountPath, path)), { recursive: true });
      writeFileSync(join(root, mountPath, path), adapt(text));
    }
  }
  const certificates =
    (nginx?.volumeMounts ?? []).map(({ mountPath }) => mountPath).find((path) => path.startsWith('/etc/tls/')) ?? '';
  const [, ...args] = nginx?.command ?? [];
  // Files, because the pipes of Node are sockets, which cannot be opened by name.
  const [out, said] = [join(root, 'stdout'), join(root, 'stderr')];
  const child = spawn(
    program,
    args.map((arg) => arg.replace(/^\/(?=etc\/)/, `${root}/`)),
    { stdio: ['ignore', openSync(out, 'a'), openSync(said, 'a')] },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  later(() => {
    child.kill('SIGTERM');
    return ended;
  });
  for (let attempt = 0; attempt < 400 && !(await takesConnection(ports.probe)); attempt += 1) {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${readFileSync(said, 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const authority = createAuthority(root);
  return {
    ports,
    host: certificates.slice('/etc/tls/'.length),
    child,
    exporterArgs: containers.find(({ name }) => name === 'exporter')?.args ?? [],
    issue(serial) {
      const { certFile, keyFile } = authority.issue('edge', serial);
      copyFileSync(certFile, join(root, certificates, 'tls.crt'));
      copyFileSync(keyFile, join(root, certificates, 'tls.key'));
      chmodSync(join(root, certificates, 'tls.key'), 0o644);
    },
    log: () =>
      readFileSync(out, 'utf8')
        .split('\n')
        .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : [])),
  };
}

/** The files of a volume: those of its ConfigMaps under the paths that the volume gives them. */
function filesOf(system: CompiledSystem, volume: Volume | undefined): readonly (readonly [string, string])[] {
  return (volume?.projected?.sources ?? []).flatMap(({ configMap: { name, items } }) => {
    const { data } = system.data(`kubernetes/edge/configmap-${name}.yaml`) as { readonly data: Record<string, string> };
    return items.map(({ key, path }) => [path, data[key] ?? ''] as const);
  });
}

async function adapter(
  { runtime, solver = 9, resolve = () => [] }: PodOptions,
  ports: EdgePod['ports'],
  root: string,
  later: Later,
): Promise<(text: string) => string> {
  const dns = await startDns(resolve, later);
  const own: Readonly<Record<string, number>> = {
    8080: ports.http,
    8443: ports.https,
    8081: ports.probe,
    8082: ports.status,
  };
  return (text) =>
    text
      .replace(/^( *)listen \[::\]:.*\n/gm, '')
      .replace(
        /^( *)listen (?:127\.0\.0\.1:)?(\d+)/gm,
        (_, indent: string, port: string) => `${indent}listen 127.0.0.1:${own[port]}`,
      )
      .replace(/^( *)server \S+\.svc\.cluster\.local:\d+/gm, `$1server 127.0.0.1:${runtime}`)
      .replace(/^( *)resolver \S+ valid=10s;/gm, `$1resolver 127.0.0.1:${dns} valid=1s ipv6=off;`)
      .replace('$acme_solver:8089', `$acme_solver:${solver}`)
      .replace(/(["\s])\/(tmp|etc\/tls)(?=[/;])/g, `$1${root}/$2`)
      .replace('worker_rlimit_nofile 16384;', '');
}
