/**
 * limits/open-write-is-limited
 *
 * Owns one claim: in production nobody may write without a credential as often as they like.
 */
import type { RouteLimit } from '../../../derive/limits/enforcer.ts';
import { keepersOf } from '../../../derive/limits/keepers.ts';
import { isPassedOn, isServed } from '../../../derive/policy/served-routes.ts';
import type { Model, RouteModel, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check } from '../../check.ts';

export const openWriteIsLimited: Check = {
  id: 'limits/open-write-is-limited',
  code: 'SW-436',
  severity: 'warning',
  title: 'Anybody may write as often as they like',
  why: 'An open route that changes something is what floods, guessing and spam are aimed at.',
  hint: 'Write `rateLimit: { per: client, rate: 30/min }` on the route, ask for a key, or list its networks in `allow`.',
  run: (model) =>
    model.environment.stage !== 'production'
      ? []
      : model.services.flatMap((service) =>
          service.routes
            .filter((route) => isOpenWrite(model, service, route) && !isLimited(model, service, route))
            .map((route) => ({
              at: route.origin.of('auth'),
              message: `${writesOf(route).join(', ')} ${route.path} of \`${service.name}\` asks for no credential, and no limit is kept`,
            })),
        ),
};

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const writesOf = ({ methods }: RouteModel): readonly string[] => methods.filter((method) => !SAFE.has(method));

const isOpenWrite = (model: Model, service: ServiceModel, route: RouteModel): boolean =>
  route.auth === 'none' &&
  route.exposed &&
  route.allow.length === 0 &&
  writesOf(route).length > 0 &&
  (isServed(model, service, route) || isPassedOn(model, service, route));

/** A dry run holds nobody back. */
const isLimited = (model: Model, service: ServiceModel, route: RouteModel): boolean =>
  route.limits.some((limit: RouteLimit['limit']) => {
    const { by } = keepersOf({ model, service, route, limit });
    return !limit.dryRun && by.length > 0;
  });
