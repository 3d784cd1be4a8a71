/** Several open features as one: what each adds to the path of a request. */
import type { Route } from '../../schemas/runtime-policy.gen.ts';
import type { OnFailedCredential, OpenedFeature, StepParts, Steps } from '../feature.ts';

type Opened = readonly OpenedFeature<unknown>[];

/** The steps of a route. Two features never have a handler at the same step of a route. */
export const stepsOf = (opened: Opened, parts: StepParts, route: Route): Steps =>
  Object.assign({}, ...opened.map((feature) => feature.steps?.(parts, route)));

export function onFailedCredential(opened: Opened, parts: Omit<StepParts, 'onFailedCredential'>): OnFailedCredential {
  const listeners = opened.flatMap((feature) => feature.onFailedCredential?.(parts) ?? []);
  return (route, exchange) => {
    for (const listener of listeners) listener(route, exchange);
  };
}
