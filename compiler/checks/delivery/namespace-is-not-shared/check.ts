/**
 * delivery/namespace-is-not-shared
 *
 * Owns one claim: each environment of each system has a namespace of a cluster for itself. It is the address in `cluster` that tells
 * clusters apart.
 */
import { wants } from '../../../derive/kubernetes-scope.ts';
import type { Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const namespaceIsNotShared: Check = {
  id: 'delivery/namespace-is-not-shared',
  code: 'SW-457',
  severity: 'error',
  title: 'Two environments share a namespace',
  why: 'Both trees hold objects of the same names: two Argo CD applications would prune and heal the same objects in turns, with different images and sizes.',
  hint: 'Give one of them another `namespace`, or say with `cluster` that it is another cluster.',
  run: () => [],
  across: (models) =>
    [...groupByPlace(models.filter((model) => wants(model, 'kubernetes')))].flatMap((sharing): Finding[] => {
      // Whoever has it by default is there by right; whoever wrote it chose it.
      const [owner, ...others] = [...sharing].sort((a, b) => rank(a) - rank(b));
      return others.map((model) => ({
        at: model.environment.origin.of('namespace'),
        message: `${titleOf(model)} and ${titleOf(owner ?? model)} share namespace \`${model.environment.namespace}\` of cluster ${model.environment.cluster}`,
        related: [{ at: (owner ?? model).environment.origin.of('namespace'), note: 'the other environment is here' }],
      }));
    }),
};

const rank = ({ environment }: Model): number => (environment.origin.of('namespace').kind === 'default' ? 0 : 1);

function groupByPlace(models: readonly Model[]): Iterable<readonly Model[]> {
  const groups = new Map<string, Model[]>();
  for (const model of models) {
    const { cluster, namespace } = model.environment;
    const place = `${cluster.replace(/\/+$/, '')} ${namespace}`;
    groups.set(place, [...(groups.get(place) ?? []), model]);
  }
  return groups.values();
}

const titleOf = ({ system, environment }: Model): string => `\`${environment.name}\` of ${system.name}`;
