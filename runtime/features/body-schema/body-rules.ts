/** What must hold of body schemas beyond the shape of their fields: they can be compiled, and a tenant is known. */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { compileBodySchema } from './body-schema.ts';

export function bodies({ routes }: RuntimePolicy): readonly string[] {
  return routes.flatMap(({ body, tenantField, auth }, index) => {
    const compiled = body === undefined ? undefined : compileBodySchema(body);
    return [
      ...(compiled?.kind === 'refused' ? [`routes.${index}.body: ${compiled.problem}`] : []),
      ...(tenantField !== undefined && auth !== 'api-key'
        ? [`routes.${index}.tenantField: a key has a tenant, and this route asks for no API key`]
        : []),
    ];
  });
}
