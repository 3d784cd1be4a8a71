/** Opens the check of bodies, which holds nothing. */
import type { FeatureContext, OpenedFeature } from '../../feature.ts';
import { checkBody } from './check-body.ts';

export const openBodySchema = ({ clock }: Pick<FeatureContext, 'clock'>): OpenedFeature<undefined> => ({
  api: undefined,
  use: () => undefined,
  steps: (_parts, route) => ({ body: checkBody(clock, route) }),
});
