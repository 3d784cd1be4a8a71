/** What a request body must look like: `body` and `tenantField` of a route. */
import type { Feature } from '../../feature.ts';
import { bodies } from './body-rules.ts';

export const bodySchema: Feature<undefined> = {
  isAskedFor: ({ routes }) => routes.some(({ body, tenantField }) => body !== undefined || tenantField !== undefined),
  rules: [bodies],
  load: async () => (await import('./open-feature.ts')).openBodySchema,
};
