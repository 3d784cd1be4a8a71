/**
 * The limits that bound all callers together, each with the routes that draw on it.
 *
 * Limits for one caller bound nothing in sum, because nobody knows how many callers there are. What nobody keeps, and what is only
 * rehearsed, bounds nothing either.
 */
import type { LimitModel, Model, RouteModel } from '../../resolve/model/index.ts';
import { keepersOf, limitKey, routeLimits } from './keepers.ts';

export interface Ceiling {
  readonly limit: LimitModel;
  readonly routes: readonly RouteModel[];
}

export function ceilingsOf(model: Model): readonly Ceiling[] {
  const found = new Map<string, { limit: LimitModel; routes: RouteModel[] }>();
  for (const asked of routeLimits(model)) {
    const { limit, route } = asked;
    if (!isCeiling(limit) || limit.dryRun || keepersOf(asked).by.length === 0) continue;
    // A budget per route is one for each of them, whatever they call it.
    const key = limit.per === 'route' ? `${limitKey(limit)}/${route.id}` : limitKey(limit);
    const known = found.get(key);
    if (known === undefined) found.set(key, { limit, routes: [route] });
    else if (!known.routes.includes(route)) known.routes.push(route);
  }
  return [...found.values()];
}

export const isCeiling = ({ per }: LimitModel): boolean => per === 'route' || per === 'global';
