/**
 * What the environment of the runtime must hold, and what it may replace.
 *
 * Owns where in the policy each replaced figure stands; a test follows every pointer.
 */
import type { Override, Variable } from '../../../schemas/runtime-policy.gen.ts';
import { field, fields, from, type Marked } from '../../marks.ts';
import type { Model, Origin, RuntimeFeaturesModel, VariableModel } from '../../resolve/model/index.ts';
import { variablesOf } from '../connections/connections.ts';
import { policyLimits } from './limits.ts';
import { gatewayOf } from './placement.ts';
import { policyRoutes } from './routes.ts';

/** The gateway's required secrets, and the rules that its document adds; those replace what is only implied. */
export function draftVariables(model: Model): Marked<Variable>[] {
  const gateway = gatewayOf(model);
  if (gateway === undefined) return [];
  const stated = gateway.runtime?.environment ?? [];
  const implied = variablesOf(model, gateway).flatMap((entry): Marked<Variable>[] =>
    entry.kind === 'secret' && !entry.optional && !stated.some(({ name }) => name === entry.name)
      ? [from(entry.origin.self, { name: entry.name, required: true, format: 'text', onProblem: 'refuse' } as const)]
      : [],
  );
  return [...implied, ...stated.map((variable) => toVariable(variable, model.environment.stage))];
}

const toVariable = (variable: VariableModel, stage: Model['environment']['stage']): Marked<Variable> => ({
  ...fields(variable, 'name', 'required', 'format', 'minBytes', 'unless'),
  forbidden: variable.forbidden.length === 0 ? undefined : field(variable, 'forbidden'),
  onProblem: from(variable.origin.of('onProblem'), reactionIn(stage, variable)),
});

function reactionIn(stage: Model['environment']['stage'], { onProblem }: VariableModel): Variable['onProblem'] {
  if (onProblem !== 'warn-in-production') return onProblem;
  return stage === 'production' ? 'warn' : 'note';
}

export function draftOverrides(model: Model): Marked<Override>[] {
  const runtime = gatewayOf(model)?.runtime;
  return [
    ...(runtime === undefined ? [] : featureOverrides(runtime)),
    ...limitOverrides(model),
    ...socketOverrides(model),
  ];
}

function featureOverrides({ originsEnv, metricsEnv, log, tracing, tenants, origin }: RuntimeFeaturesModel) {
  const development = tenants?.origin.of('development') ?? origin.self;
  return [
    ...override(originsEnv, '/cors/origins', 'list', origin.of('originsEnv')),
    ...override(metricsEnv, '/telemetry/metrics', 'boolean', origin.of('metricsEnv')),
    ...override(log.env, '/telemetry/logLevel', 'level', log.origin.of('env')),
    ...override(tracing?.enabledEnv, '/telemetry/traces/enabled', 'boolean', tracing?.origin.of('enabledEnv')),
    ...override(tenants?.storeEnv, '/auth/tenants/store', 'text', tenants?.origin.of('storeEnv')),
    ...override(tenants?.development?.env, '/auth/tenants/development/enabled', 'boolean', development),
  ];
}

const limitOverrides = (model: Model): Marked<Override>[] =>
  [...policyLimits(model)].flatMap(([id, { env, origin }]) => [
    ...override(env.rate, `/limits/${id}/requests`, 'integer', origin.of('env')),
    ...override(env.capacity, `/limits/${id}/capacity`, 'integer', origin.of('env')),
  ]);

const socketOverrides = (model: Model): Marked<Override>[] =>
  policyRoutes(model).flatMap(({ route: { websocket } }, index) => {
    const { enabled, maxConnectionsPerTenant, pingInterval } = websocket?.env ?? {};
    const at = `/routes/${index}/websocket`;
    const origin = websocket?.origin.of('env');
    return [
      ...override(enabled, `${at}/enabled`, 'boolean', origin),
      ...override(maxConnectionsPerTenant, `${at}/maxConnectionsPerTenant`, 'integer', origin),
      ...override(pingInterval, `${at}/pingIntervalMs`, 'seconds', origin),
    ];
  });

const override = (
  env: string | undefined,
  pointer: string,
  as: Override['as'],
  origin: Origin | undefined,
): Marked<Override>[] => (env === undefined || origin === undefined ? [] : [from(origin, { env, pointer, as })]);
