/** What the project and the application share: their name, their labels, and where they live. */
import { LABELS, labelValue, MANAGED_BY } from '../../../schemas/kubernetes-conventions.ts';
import { field, from, fromAll, type Mark } from '../../marks.ts';
import { objectName } from '../../object-name.ts';
import type { Model } from '../../resolve/model/index.ts';

const nameOf = ({ system, environment }: Model): string => objectName(`${system.name}-${environment.name}`);

/** The name of both objects, from the names that it is made of. */
export const markedNameOf = (model: Model): string | Mark<string> =>
  fromAll([model.system.origin.of('name'), model.environment.origin.of('name')], nameOf(model));

export const metadataOf = (model: Model) => ({
  name: markedNameOf(model),
  namespace: field(model.environment, 'argocdNamespace'),
  labels: {
    [LABELS.partOf]: field(model.system, 'name'),
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.environment]: field(model.environment, 'name'),
    [LABELS.owner]: from(model.system.origin.of('owner'), labelValue(model.system.owner)),
  },
});
