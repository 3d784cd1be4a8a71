/**
 * limits/open-write-is-limited
 *
 * Owns one claim: in production nobody may write without a credential as often as they like.
 */
import { isPassedOn, isServed } from '../../../derive/runtime-policy/served-routes.ts';
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
            .filter((route) => isOpenWrite(model, service, route) && !isLimited(route))
            .map((route) => ({
              at: route.origin.of('auth'),
              message: `${writesOf(route).join(', ')} ${route.path} of \`${service.name}\` asks for no credential, and nothing limits it`,
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

/** A dry run holds nobody back. One that nobody keeps is an error of `limits/kept-by-somebody`. */
const isLimited = ({ limits }: RouteModel): boolean => limits.some(({ dryRun }) => !dryRun);
