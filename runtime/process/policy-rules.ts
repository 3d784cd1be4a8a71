/**
 * What must hold of a policy beyond the shape of its fields.
 *
 * The compiler checks all of this with better messages; here it is the last line, since a policy may come from anywhere.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { hasParent } from '../environment/json-pointer.ts';
import { repeated } from '../environment/repeated.ts';
import type { PolicyRule } from '../feature.ts';
import { FEATURE_NAMES, FEATURES } from '../features.ts';
import { parseRanges } from '../http/client-address.ts';
import { isMetadataHost } from '../proxy/metadata-address.ts';
import { isDay } from './policy-values.ts';

/** Problems of a policy that has the right shape, each starting with the path of the value. */
export function checkPolicyRules(policy: RuntimePolicy): readonly string[] {
  const ofFeatures = FEATURE_NAMES.flatMap((name) => FEATURES[name].rules ?? []);
  return [...ofFeatures, ...RULES].flatMap((rule) => rule(policy));
}

const NOT_FIXED =
  /^(?:connection|content-length|content-type|transfer-encoding|set-cookie|vary|date|ratelimit.*|access-control-.*)$/;

/** What says which policy this is, and what may be replaced. */
const FIXED = /^\/(?:apiVersion|kind|system|environment|stage|variables|overrides)(?:\/|$)/;

const RULES: readonly PolicyRule[] = [
  function references({ routes, upstreams, limits, providers, health }) {
    const missing = (where: string, kind: string, name: string, known: object): readonly string[] =>
      Object.hasOwn(known, name) ? [] : [`${where}: there is no ${kind} ${name}`];
    return [
      ...routes.flatMap((route, index) => [
        ...missing(`routes.${index}.upstream`, 'upstream', route.upstream, upstreams),
        ...route.limits.flatMap((limit) => missing(`routes.${index}.limits`, 'limit', limit, limits)),
      ]),
      ...Object.entries(providers).flatMap(([name, { fallback }]) =>
        fallback === undefined ? [] : missing(`providers.${name}.fallback`, 'provider', fallback, providers),
      ),
      ...health.dependencies.flatMap((dependency, index) =>
        dependency.kind === 'upstream'
          ? missing(`health.dependencies.${index}.upstream`, 'upstream', dependency.upstream, upstreams)
          : [],
      ),
    ];
  },
  function unique({ routes, health }) {
    const served = routes.flatMap(({ methods, match, path, hosts = [''] }) =>
      methods.flatMap((method) => hosts.map((host) => `${method} ${match} ${host}${path}`)),
    );
    return [
      ...repeated(routes.map((route) => route.id)).map((id) => `routes: two have the id ${id}`),
      ...repeated(served).map((name) => `routes: two serve ${name}`),
      ...repeated(health.dependencies.map(({ name }) => name)).map(
        (name) => `health.dependencies: two are named ${name}`,
      ),
    ];
  },
  function sunsets({ routes }) {
    return routes.flatMap(({ sunset }, index) =>
      sunset === undefined || isDay(sunset) ? [] : [`routes.${index}.sunset: there is no such day`],
    );
  },
  function roles({ routes }) {
    return routes.flatMap((route, index) =>
      route.roles === undefined || route.auth === 'api-key'
        ? []
        : [`routes.${index}.roles: a key has roles, and this route asks for no API key`],
    );
  },
  function tenants({ stage, auth }) {
    const { store, single, development } = auth.tenants ?? {};
    return [
      ...(development?.enabled === true && stage === 'production'
        ? ['auth.tenants.development.enabled: any key would be accepted, in stage production']
        : []),
      ...(single !== undefined && store === 'database'
        ? ['auth.tenants.single: is for the store memory, and tenants are in the database']
        : []),
    ];
  },
  function ranges({ trust, routes }) {
    return [
      ...(parseRanges(trust.proxyCidrs) === undefined ? ['trust.proxyCidrs: one is not an address range'] : []),
      ...routes.flatMap((route, index) =>
        parseRanges(route.allow ?? []) === undefined ? [`routes.${index}.allow: one is not an address range`] : [],
      ),
    ];
  },
  function ports({ listen, admin, egress, health }) {
    const others = [listen.port, admin.port];
    return [
      ...(egress !== undefined && egress.port !== 0 && others.includes(egress.port)
        ? ['egress.port: is the port of listen or admin']
        : []),
      ...(listen.port !== 0 && listen.port === admin.port ? ['admin.port: is the port of listen'] : []),
      ...(health.live === health.ready ? ['health.ready: is the path of health.live'] : []),
    ];
  },
  function buckets({ telemetry }) {
    const rising = telemetry.latencyBucketsMs.every((ms, index, all) => index === 0 || ms > (all[index - 1] ?? 0));
    return rising ? [] : ['telemetry.latencyBucketsMs: must rise'];
  },
  function metricWays({ telemetry }) {
    if (telemetry.otlpMetrics === undefined || telemetry.metrics === false) return [];
    return ['telemetry.otlpMetrics: metrics must be false beside it, or every series would be counted twice'];
  },
  function fixedHeaders({ securityHeaders }) {
    return Object.keys(securityHeaders.headers)
      .filter((name) => NOT_FIXED.test(name))
      .map((name) => `securityHeaders.headers.${name}: is not a fixed header`);
  },
  function targets({ upstreams }) {
    return Object.entries(upstreams).flatMap(([name, { targets }]) =>
      targets
        .filter((target) => !URL.canParse(target))
        .map((target) => `upstreams.${name}.targets: ${target} is no address`),
    );
  },
  function overrides(policy) {
    const { overrides = [] } = policy;
    return [
      ...repeated(overrides.map(({ pointer }) => pointer)).map((pointer) => `overrides: two replace ${pointer}`),
      ...overrides.flatMap(({ pointer }, index) => {
        const where = `overrides.${index}.pointer`;
        if (FIXED.test(pointer)) return [`${where}: this part of the policy cannot be replaced`];
        return hasParent(policy, pointer) ? [] : [`${where}: there is no such place in this policy`];
      }),
    ];
  },
  function metadataTargets({ upstreams, providers }) {
    const declared = [
      ...Object.entries(upstreams).map(([name, { targets }]) => [`upstreams.${name}.targets`, targets] as const),
      ...Object.entries(providers).map(
        ([name, { targets = [] }]) => [`providers.${name}.targets`, targets.map(({ url }) => url)] as const,
      ),
    ];
    return declared.flatMap(([where, urls]) =>
      urls.flatMap((url, index) =>
        URL.canParse(url) && isMetadataHost(new URL(url).hostname)
          ? [`${where}.${index}: is where a cloud hands out a machine's credentials`]
          : [],
      ),
    );
  },
  function breakers({ upstreams, providers }) {
    const declared = [
      ...Object.entries(upstreams).map(([name, { breaker }]) => [`upstreams.${name}`, breaker] as const),
      ...Object.entries(providers).map(([name, { breaker }]) => [`providers.${name}`, breaker] as const),
    ];
    return declared.flatMap(([where, breaker]) => {
      if (breaker === undefined) return [];
      const { failureRatio, windowMs, minimumCalls, consecutiveFailures } = breaker;
      if (failureRatio === undefined && consecutiveFailures === undefined)
        return [`${where}.breaker: opens at nothing; it needs failureRatio or consecutiveFailures`];
      if (failureRatio !== undefined && (windowMs === undefined || minimumCalls === undefined))
        return [`${where}.breaker.failureRatio: needs windowMs and minimumCalls`];
      return [];
    });
  },
];
