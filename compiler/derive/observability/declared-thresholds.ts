/**
 * Whether a team watches a value itself: then no standard alert says the same a second time.
 */
import type { Model } from '../../resolve/model/index.ts';

/** Whether some declared alert fires when this metric is at `value`, compared as `equals` or as its like (`below: 1` for a 0). */
export const isDeclared = (model: Model, metric: string, comparison: 'zero' | 'positive'): boolean =>
  model.services.some(({ alerts }) =>
    alerts.some(({ when }) => {
      if (when.kind !== 'threshold' || when.metric !== metric || Object.keys(when.matching).length > 0) return false;
      if (comparison === 'zero')
        return (when.comparison === 'equals' && when.value === 0) || (when.comparison === 'below' && when.value > 0);
      return (when.comparison === 'above' && when.value >= 0) || (when.comparison === 'equals' && when.value > 0);
    }),
  );
