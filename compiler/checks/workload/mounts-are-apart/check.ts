/**
 * workload/mounts-are-apart
 *
 * Owns one claim: scratch space, files from secrets, embedded datastores and the policy of the gateway each have a folder of their own.
 */

import { RUNTIME_POLICY } from '../../../../schemas/kubernetes-conventions.ts';
import { volumeDatastores, wants } from '../../../derive/kubernetes-scope.ts';
import type { Model, Origin, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const mountsAreApart: Check = {
  id: 'workload/mounts-are-apart',
  code: 'SW-458',
  severity: 'error',
  title: 'Two mounts want the same folder',
  why: 'Kubernetes refuses a pod with two mounts at one path.',
  hint: 'Give one of them another folder.',
  run: (model) =>
    !wants(model, 'kubernetes') ? [] : model.services.flatMap((service) => clashes(service, mountsOf(model, service))),
};

interface Mount {
  readonly folder: string;
  readonly what: string;
  readonly at: Origin;
}

function mountsOf(model: Model, service: ServiceModel): readonly Mount[] {
  const files = new Map<string, Mount>();
  for (const { path, origin } of service.files) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    if (!files.has(folder)) files.set(folder, { folder, what: 'its `files`', at: origin.of('path') });
  }
  return [
    ...(service.role === 'gateway'
      ? [{ folder: RUNTIME_POLICY.directory, what: 'the policy', at: service.origin.of('role') }]
      : []),
    ...service.security.writable.map(({ path, origin }) => ({
      folder: path.replace(/(?<=.)\/+$/, ''),
      what: 'a writable folder',
      at: origin.self,
    })),
    ...volumeDatastores(model, service).map(({ name, path, origin }) => ({
      folder: path.replace(/(?<=.)\/+$/, ''),
      what: `datastore \`${name}\``,
      at: origin.of('path'),
    })),
    ...files.values(),
  ];
}

function clashes({ name }: ServiceModel, mounts: readonly Mount[]): readonly Finding[] {
  const first = new Map<string, Mount>();
  return mounts.flatMap((mount) => {
    const earlier = first.get(mount.folder);
    if (earlier === undefined) first.set(mount.folder, mount);
    if (earlier === undefined) return [];
    const message = `\`${mount.folder}\` of \`${name}\` is wanted by ${earlier.what} and by ${mount.what}`;
    return [{ at: mount.at, message, related: [{ at: earlier.at, note: 'the other one is here' }] }];
  });
}
