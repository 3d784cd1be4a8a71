/**
 * The words of the question who keeps a limit.
 *
 * An enforcer answers for each field of the limit, and for what the route says about limits: it keeps the field, or says why it cannot.
 * The rules are records over the fields of the model, so that a new field has to be answered before anything compiles.
 */
import type { LimitModel, Model, RouteModel, ServiceModel } from '../../resolve/model/index.ts';

/** One limit of one route. */
export interface RouteLimit {
  readonly model: Model;
  readonly service: ServiceModel;
  readonly route: RouteModel;
  readonly limit: LimitModel;
}

/** Why an enforcer cannot keep a field, and the line that would help. */
export interface Refusal {
  readonly reason: string;
  readonly hint?: string;
}

/** Undefined when the enforcer keeps the field, or the field asks nothing of it. */
export type Rule = (asked: RouteLimit) => Refusal | undefined;

/** What a route says that changes how its limits count. */
export type RouteField = 'auth' | 'cost' | 'exposed';

export type Rules = Readonly<Record<keyof LimitModel | RouteField, Rule>>;

/** The field asks nothing of this enforcer, or is kept whatever it says. */
export const keeps: Rule = () => undefined;

/** The first refusal, with the field that it is about. */
export interface RefusedField extends Refusal {
  readonly field: string;
}

export function refusalOf(rules: Rules, asked: RouteLimit): RefusedField | undefined {
  for (const [field, rule] of Object.entries(rules)) {
    const refusal = rule(asked);
    if (refusal !== undefined) return { field, ...refusal };
  }
  return undefined;
}
