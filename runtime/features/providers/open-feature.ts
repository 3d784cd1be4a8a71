/** Opens the providers: what bounds calls to them, and the server that makes calls for services. */
import type { OpenFeature } from '../../feature.ts';
import type { DrainedServer } from '../../http/drained-server.ts';
import { createConnections } from './egress/connections.ts';
import { createEgressServer } from './egress/egress-server.ts';
import { poolOperations } from './operations.ts';
import { createProviderSet, type Providers } from './providers.ts';

export interface ProvidersApi extends Providers {
  /** A server for `egress` of the policy, not listening yet. */
  createEgress(): DrainedServer;
}

export const openProviders: OpenFeature<ProvidersApi> = (context) => {
  const { policy, env, clock, phase, log, registry, breakers } = context;
  const { latencyBucketsMs } = policy.telemetry;
  const connections = createConnections();
  const providers = createProviderSet({ env, clock, registry, breakers, latencyBucketsMs, connections });
  const createEgress = () => createEgressServer({ providers, connections, clock, phase, log });
  return {
    api: Object.assign(providers, { createEgress }),
    use: providers.use,
    refresh: providers.use,
    operations: poolOperations({ providers }),
    close: connections.close,
  };
};
