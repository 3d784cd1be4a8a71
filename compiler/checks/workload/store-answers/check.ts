/**
 * workload/store-answers
 *
 * Owns one claim: what a cluster must know to run a store of the system, and no compiler can guess, is written down.
 */
import { engineOf } from '../../../../schemas/engines/index.ts';
import { isMeantToRun } from '../../../derive/self-run-stores.ts';
import type { DatastoreModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const storeAnswers: Check = {
  id: 'workload/store-answers',
  code: 'SW-463',
  severity: 'error',
  title: 'A store that the system runs itself lacks an answer',
  why: 'Without a version there is no image, without resources the node kills it first, without a volume its data goes with its pod, and without a password or a certificate it does not serve its users as declared.',
  hint: 'Write it down; mark it in `undecided` while it is provisional.',
  run: (model) => model.datastores.filter((store) => isMeantToRun(model, store)).flatMap(missingAnswers),
};

function missingAnswers(store: DatastoreModel): Finding[] {
  const { image, resources, storage, durable, credentials, certificate, tls, name, engine, origin } = store;
  const lacks: readonly (readonly [is: boolean, lack: string, line: string])[] = [
    [image === undefined, 'has neither `version` nor `image`', 'version: "17"'],
    [resources === undefined, 'has no `resources`', 'resources: { cpu: 500m, memory: 1Gi }'],
    [storage === undefined && durable, 'is durable and has no `storage`', 'storage: 20Gi'],
    [
      credentials === undefined && engineOf(engine).server?.hasPassword === true,
      'has no `credentials`, so that anybody who reaches it may do everything',
      `credentials: { name: ${name}, key: ${engineOf(engine).credentialsIn === 'address' ? 'url' : 'password'} }`,
    ],
    [
      tls === 'required' && certificate === undefined,
      'must encrypt, and no secret holds its certificate',
      `certificate: ${name}-tls`,
    ],
  ];
  return lacks.flatMap(([is, lack, line]) =>
    is
      ? [
          {
            at: lack.startsWith('must encrypt') ? origin.of('tls') : origin.self,
            message: `datastore \`${name}\` is run by this system and ${lack}`,
            hint: `Add a line such as \`${line}\` with your own values below \`spec\`; mark it in \`undecided\` while it is provisional.`,
          },
        ]
      : [],
  );
}
