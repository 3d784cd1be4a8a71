/** What the project and the application share: their name, their labels, and where they live. */
import { LABELS, labelValue, MANAGED_BY } from '../../../schemas/kubernetes-conventions.ts';
import { objectName } from '../../object-name.ts';
import type { Model } from '../../resolve/model/index.ts';

export const nameOf = ({ system, environment }: Model): string => objectName(`${system.name}-${environment.name}`);

export const metadataOf = (model: Model) => ({
  name: nameOf(model),
  namespace: model.environment.argocdNamespace,
  labels: {
    [LABELS.partOf]: model.system.name,
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.environment]: model.environment.name,
    [LABELS.owner]: labelValue(model.system.owner),
  },
});
