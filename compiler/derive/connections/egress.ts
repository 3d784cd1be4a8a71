/**
 * Which providers are called through the gateway.
 *
 * Owns one rule: where the gateway has a way out (`runtime.egress`) and the address of a provider is known, every other service calls it
 * there, so that pools, breakers and credentials hold everybody. Otherwise each service calls it directly.
 */
import type { Model, ProviderModel, ServiceModel } from '../../resolve/model/index.ts';
import { egressAddress, gatewayOf, wantsContainers } from '../runtime-policy/placement.ts';

/** The providers that a service calls, by its own word or by that of its routes, in the order of the model. */
export function calledProviders(model: Model, service: ServiceModel): readonly ProviderModel[] {
  const named = new Set([
    ...service.calls.flatMap((call) => (call.kind === 'provider' ? [call.name] : [])),
    ...service.routes.flatMap((route) => route.calls.map((call) => call.provider)),
  ]);
  return model.providers.filter(({ name }) => named.has(name));
}

/** Whether the gateway can forward calls to it. */
export const isForwarded = (model: Model, { upstreams }: ProviderModel): boolean =>
  egressAddress(model) !== undefined && upstreams.some(({ url }) => url !== undefined);

/** The providers that the gateway itself connects to: its own, and those that it forwards to. */
export const gatewayProviders = (model: Model, gateway: ServiceModel): readonly ProviderModel[] => {
  const own = new Set(calledProviders(model, gateway));
  return model.providers.filter((provider) => own.has(provider) || isForwarded(model, provider));
};

/** The port of the gateway on which a service calls providers; undefined for one that calls none there. */
export function egressPortFor(model: Model, service: ServiceModel): number | undefined {
  const uses = service.role !== 'gateway' && calledProviders(model, service).some((one) => isForwarded(model, one));
  return uses ? egressAddress(model)?.port : undefined;
}

/** Where a service finds a forwarded provider. */
export function forwardedUrl(model: Model, { name }: ProviderModel): string | undefined {
  const gateway = gatewayOf(model);
  const egress = egressAddress(model);
  if (gateway === undefined || egress === undefined) return undefined;
  const host = wantsContainers(model)
    ? `${gateway.name}.${model.environment.namespace}.svc.cluster.local`
    : egress.host;
  return `http://${host}:${egress.port}/${name}`;
}
