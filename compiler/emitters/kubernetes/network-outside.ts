/**
 * The connections of a service to what is outside of the cluster: providers, the collector of traces, and bug reports.
 */
import { calledProviders, gatewayProviders, isForwarded } from '../../derive/connections/egress.ts';
import { from } from '../../marks.ts';
import type { Model, ServiceModel, UpstreamModel } from '../../resolve/model/index.ts';
import type { NetworkPolicyEgressRule, NetworkPolicyPeer } from './kubernetes-api.ts';
import { ANY_NETWORK, PUBLIC_INTERNET, peersOfHost } from './network-peers.ts';
import { type EgressRule, portRule } from './network-rule.ts';

const HTTPS_PORT = 443;

/** The gateway connects to what it forwards to; everybody else reaches those providers at the gateway, and only the others directly. */
export function providerRules(model: Model, service: ServiceModel): readonly EgressRule[] {
  const providers =
    service.role === 'gateway'
      ? gatewayProviders(model, service)
      : calledProviders(model, service).filter((provider) => !isForwarded(model, provider));
  return providers.flatMap(({ upstreams, origin }) =>
    upstreams.length === 0
      ? [from(origin.of('upstreams'), PROVIDER_RULE)]
      : upstreams.map((upstream) => from(upstream.origin.of('url'), upstreamRule(upstream))),
  );
}

/** Where the runtime sends traces and bug reports. A collector that only a variable names may be anywhere. */
export function telemetryRules({ runtime, env }: ServiceModel): readonly EgressRule[] {
  if (runtime === undefined) return [];
  const { tracing, errorsEnv, origin } = runtime;
  const written = env.find(({ name }) => name === tracing?.env);
  const url = written?.kind === 'literal' ? written.value : tracing?.endpoint;
  const usual = tracing?.protocol === 'grpc' ? OTLP_GRPC_PORT : OTLP_HTTP_PORT;
  const elsewhere: NetworkPolicyEgressRule = { to: [...ANY_NETWORK], ports: [portRule(usual)] };
  const collector = url === undefined ? elsewhere : urlRule(url, ANY_NETWORK, elsewhere);
  return [
    ...(tracing === undefined ? [] : [from(origin.of('tracing'), collector)]),
    ...(errorsEnv === undefined ? [] : [from(origin.of('errorsEnv'), PROVIDER_RULE)]),
  ];
}

const OTLP_GRPC_PORT = 4317;
const OTLP_HTTP_PORT = 4318;

/** A provider whose address the spec leaves open is reached over HTTPS. */
const PROVIDER_RULE: NetworkPolicyEgressRule = { to: [...PUBLIC_INTERNET], ports: [portRule(HTTPS_PORT)] };

const upstreamRule = ({ url }: UpstreamModel): NetworkPolicyEgressRule =>
  url === undefined ? PROVIDER_RULE : urlRule(url, PUBLIC_INTERNET, PROVIDER_RULE);

function urlRule(
  url: string,
  elsewhere: readonly NetworkPolicyPeer[],
  unreadable: NetworkPolicyEgressRule,
): NetworkPolicyEgressRule {
  if (!URL.canParse(url)) return unreadable;
  const { hostname, port, protocol } = new URL(url);
  const isEncrypted = protocol === 'https:' || protocol === 'wss:';
  const number = port === '' ? (isEncrypted ? HTTPS_PORT : 80) : Number(port);
  return {
    to: [...peersOfHost(hostname.replace(/^\[|\]$/g, ''), elsewhere)],
    ports: [portRule(number)],
  };
}
