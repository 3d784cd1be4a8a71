/**
 * What the environment of the runtime must hold, and what it may replace.
 *
 * Owns where in the policy each replaced figure stands; a test follows every pointer.
 */
import type { Override, Variable } from '../../../schemas/runtime-policy.gen.ts';
import type { Model, RuntimeFeaturesModel, VariableModel } from '../../resolve/model/index.ts';
import { variablesOf } from '../connections/connections.ts';
import { policyLimits } from './limits.ts';
import { gatewayOf } from './placement.ts';
import { policyRoutes } from './routes.ts';

/** The gateway's required secrets, and the rules that its document adds; those replace what is only implied. */
export function buildVariables(model: Model): Variable[] {
  const gateway = gatewayOf(model);
  if (gateway === undefined) return [];
  const stated = gateway.runtime?.environment ?? [];
  const implied = variablesOf(model, gateway).flatMap((entry): Variable[] =>
    entry.kind === 'secret' && !entry.optional && !stated.some(({ name }) => name === entry.name)
      ? [{ name: entry.name, required: true, format: 'text', onProblem: 'refuse' }]
      : [],
  );
  return [...implied, ...stated.map((variable) => toVariable(variable, model.environment.stage))];
}

const toVariable = (
  { name, required, format, minBytes, forbidden, onProblem, unless }: VariableModel,
  stage: Model['environment']['stage'],
): Variable => ({
  name,
  required,
  format,
  ...(minBytes === undefined ? {} : { minBytes }),
  ...(forbidden.length === 0 ? {} : { forbidden: [...forbidden] as [string, ...string[]] }),
  onProblem: onProblem === 'warn-in-production' ? (stage === 'production' ? 'warn' : 'note') : onProblem,
  ...(unless === undefined ? {} : { unless }),
});

export function buildOverrides(model: Model): Override[] {
  const runtime = gatewayOf(model)?.runtime;
  return [
    ...(runtime === undefined ? [] : featureOverrides(runtime)),
    ...limitOverrides(model),
    ...socketOverrides(model),
  ];
}

function featureOverrides({ originsEnv, metricsEnv, log, tracing, tenants }: RuntimeFeaturesModel): Override[] {
  return [
    ...override(originsEnv, '/cors/origins', 'list'),
    ...override(metricsEnv, '/telemetry/metrics', 'boolean'),
    ...override(log.env, '/telemetry/logLevel', 'level'),
    ...override(tracing?.enabledEnv, '/telemetry/traces/enabled', 'boolean'),
    ...override(tenants?.storeEnv, '/auth/tenants/store', 'text'),
    ...override(tenants?.development?.env, '/auth/tenants/development/enabled', 'boolean'),
  ];
}

const limitOverrides = (model: Model): Override[] =>
  [...policyLimits(model)].flatMap(([id, { env }]) => [
    ...override(env.rate, `/limits/${id}/requests`, 'integer'),
    ...override(env.burst, `/limits/${id}/burst`, 'integer'),
  ]);

const socketOverrides = (model: Model): Override[] =>
  policyRoutes(model).flatMap(({ route }, index) => {
    const { enabled, maxPerTenant, ping } = route.socket?.env ?? {};
    const at = `/routes/${index}/websocket`;
    return [
      ...override(enabled, `${at}/enabled`, 'boolean'),
      ...override(maxPerTenant, `${at}/maxConnectionsPerTenant`, 'integer'),
      ...override(ping, `${at}/pingIntervalMs`, 'seconds'),
    ];
  });

const override = (env: string | undefined, pointer: string, as: Override['as']): Override[] =>
  env === undefined ? [] : [{ env, pointer, as }];
