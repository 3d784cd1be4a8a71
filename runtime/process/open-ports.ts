/**
 * Opens the ports of a gateway that is put together, and says when it is ready.
 *
 * Owns the order: operators first, then callers, then the way out; then the database is tried, caches are filled, and the
 * balancer may send requests. Whoever calls closes what is open when the answer is a refusal.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { WarmUp } from '../features.ts';
import { type Listening, listen } from '../http/listen.ts';
import { VERSION } from '../version.ts';
import type { Resources } from './resources.ts';
import type { Running } from './running.ts';
import type { StartResult } from './runtime.ts';

const STOPPED: StartResult = { kind: 'refused', reasons: ['it was told to stop while it started'] };

export async function openPorts(
  current: Running,
  policy: RuntimePolicy,
  warmUp: WarmUp | undefined,
): Promise<StartResult> {
  const { resources, snapshot } = current;
  const { phase } = resources;
  // The operators' port opens first: while the database starts, it already says that this is not ready.
  const admin = await listen(current.admin, policy.admin);
  if (admin.kind === 'refused') return admin;
  const gateway = await listen(current.gateway, policy.listen);
  if (gateway.kind === 'refused') return gateway;
  const egress = await openEgress(current, policy);
  if (egress?.kind === 'refused') return egress;
  await Promise.race([phase.whenStopping, resources.identity?.firstAttempt]);
  const failure = resources.identity?.failure();
  if (failure !== undefined) return { kind: 'refused', reasons: [failure] };
  await warmCaches(resources, warmUp);
  if (phase.isStopping) return STOPPED;
  phase.ready();
  await snapshot.readiness.check();
  const { digest } = snapshot;
  resources.log.info(
    { listening: gateway.url, admin: admin.url, egress: egress?.url, digest, version: VERSION },
    'started',
  );
  return { kind: 'started', url: gateway.url, adminUrl: admin.url, egressUrl: egress?.url };
}

async function openEgress({ egress }: Running, from: RuntimePolicy): Promise<Listening | undefined> {
  return egress === undefined || from.egress === undefined ? undefined : listen(egress.server, from.egress);
}

/** Nobody fills what the policy does not have; the host that would is told. */
async function warmCaches({ features, log, phase }: Resources, warmUp: WarmUp | undefined): Promise<void> {
  if (warmUp === undefined || phase.isStopping) return;
  const caches = features.api('cache');
  if (caches === undefined) log.warn('the policy has no caches; nothing is warmed');
  else await caches.warm(warmUp, phase.whenStopping);
}
