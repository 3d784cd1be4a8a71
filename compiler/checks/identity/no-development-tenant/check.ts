/**
 * identity/no-development-tenant
 *
 * Owns one claim: no environment of stage production accepts any key. An environment variable may still do so at run time, which the runtime
 * refuses there.
 */
import type { Check } from '../../check.ts';

export const noDevelopmentTenant: Check = {
  id: 'identity/no-development-tenant',
  code: 'SW-427',
  severity: 'error',
  title: 'Any key is accepted in production',
  why: 'Development mode maps every key, also a made-up one, to one tenant.',
  hint: 'Leave `development.enabled` out, and switch it on where you develop.',
  run: ({ environment, services }) =>
    services.flatMap(({ runtime, name }) =>
      environment.stage === 'production' && runtime?.tenants?.development?.enabled === true
        ? [
            {
              at: runtime.tenants.origin.of('development'),
              message: `development mode of \`${name}\` is on in environment \`${environment.name}\``,
              related: [{ at: environment.origin.of('stage'), note: 'this is a production environment' }],
            },
          ]
        : [],
    ),
};
