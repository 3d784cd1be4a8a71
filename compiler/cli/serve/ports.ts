/**
 * The ports of a served policy, and the options that choose them.
 *
 * Owns which option belongs to which socket of the policy, so that a port that is taken is answered with the option to use.
 */
import { createServer } from 'node:net';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { type Arguments, type OptionSpecs, UsageError } from '../command.ts';

type Socket = 'listen' | 'admin' | 'egress';

/** Undefined where the policy's own port is wanted. */
export type Ports = Readonly<Record<Socket, number | undefined>>;

const OPTION: Readonly<Record<Socket, string>> = { listen: 'port', admin: 'admin-port', egress: 'egress-port' };

const DEFAULT = '(default: that of the policy; 0 for any that is free)';

export const PORT_OPTIONS = {
  port: { kind: 'text', value: 'PORT', help: `port for requests ${DEFAULT}` },
  'admin-port': { kind: 'text', value: 'PORT', help: `port for operators ${DEFAULT}` },
  'egress-port': { kind: 'text', value: 'PORT', help: `port for calls to providers ${DEFAULT}` },
} as const satisfies OptionSpecs;

export function readPorts(args: Arguments): Ports {
  const read = (socket: Socket): number | undefined => parsePort(OPTION[socket], args.text(OPTION[socket]));
  return { listen: read('listen'), admin: read('admin'), egress: read('egress') };
}

function parsePort(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`\`--${option}\` cannot be \`${text}\``, 'Ports go from 0 to 65535.');
}

export function withPorts(policy: RuntimePolicy, ports: Ports): RuntimePolicy {
  const { listen, admin, egress } = policy;
  return {
    ...policy,
    listen: { ...listen, port: ports.listen ?? listen.port },
    admin: { ...admin, port: ports.admin ?? admin.port },
    ...(egress === undefined ? {} : { egress: { ...egress, port: ports.egress ?? egress.port } }),
  };
}

/** The ports of a trial: those that were asked for; else those of the policy where they are free on loopback, and any where not. */
export async function choosePorts({ listen, admin, egress }: RuntimePolicy, ports: Ports): Promise<Ports> {
  return {
    listen: ports.listen ?? (await freeOrAny(listen.port)),
    admin: ports.admin ?? (await freeOrAny(admin.port)),
    egress: ports.egress ?? (egress === undefined ? undefined : await freeOrAny(egress.port)),
  };
}

function freeOrAny(wanted: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => resolve(wanted)));
  });
}

/** A start that was refused, for the person at the command line. */
export function refusedStart(reasons: readonly string[], socket: Socket | undefined): UsageError {
  const hint =
    socket === undefined ? undefined : `Choose another with \`--${OPTION[socket]} PORT\`; 0 takes any that is free.`;
  return new UsageError(reasons.join('\n  '), hint);
}
