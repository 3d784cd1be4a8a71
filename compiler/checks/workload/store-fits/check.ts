/**
 * workload/store-fits
 *
 * Owns one claim: a store that the system runs itself can be run as declared: one copy, under a name that nothing else has, with credentials
 * in the form that its clients take.
 */
import { engineOf } from '../../../../schemas/engines/index.ts';
import { isAddressKey } from '../../../derive/connections/names.ts';
import { isMeantToRun } from '../../../derive/self-run-stores.ts';
import type { DatastoreModel, Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

/** The controller adds a hash to the name, and both must fit into a label. */
const LONGEST_NAME = 52;

export const storeFits: Check = {
  id: 'workload/store-fits',
  code: 'SW-464',
  severity: 'error',
  title: 'A store cannot be run as declared',
  why: 'Several copies without replication are several stores, two workloads of one name share their network rules, and clients cannot connect with half an address.',
  hint: 'Correct the field, or let somebody else run the store (`placement: external`).',
  run: (model) =>
    model.datastores.filter((store) => isMeantToRun(model, store)).flatMap((store) => findingsOf(model, store)),
};

function findingsOf(model: Model, store: DatastoreModel): Finding[] {
  const { name, replicas, engine, credentials, origin } = store;
  const { title, credentialsIn } = engineOf(engine);
  const namesake = model.services.find((service) => service.name === name);
  return [
    ...(replicas > 1
      ? [
          {
            at: origin.of('replicas'),
            message: `\`${name}\` asks for ${replicas} copies, and ${title} is run here as one process without replication`,
            hint: 'Write `replicas: 1`, or let an operator or a provider run it (`placement: external` with its `host`).',
          },
        ]
      : []),
    ...(namesake === undefined
      ? []
      : [
          {
            at: origin.self,
            message: `datastore \`${name}\` would run under the name of service \`${namesake.name}\``,
            hint: 'Give one of the two another name.',
            related: [{ at: namesake.origin.self, note: 'the service' }],
          },
        ]),
    ...(name.length > LONGEST_NAME || !/^[a-z]/.test(name)
      ? [
          {
            at: origin.self,
            message: `\`${name}\` cannot be the name of a StatefulSet and its Service: at most ${LONGEST_NAME} characters, the first a letter`,
            hint: 'Give the datastore a shorter name that begins with a letter.',
          },
        ]
      : []),
    ...(credentials !== undefined && credentialsIn === 'address' && !isAddressKey(credentials.key)
      ? [
          {
            at: origin.of('credentials'),
            message: `clients of ${title} take one address with the password in it, and \`${credentials.key}\` does not name one`,
            hint: `Keep two values in the secret: \`url\` for clients and \`password\` for the server, and write \`credentials: { name: ${credentials.secret}, key: url }\`.`,
          },
        ]
      : []),
  ];
}
