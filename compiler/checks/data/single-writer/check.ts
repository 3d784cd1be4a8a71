/**
 * data/single-writer
 *
 * Owns one claim: a datastore that one process may write is not given to several. Embedded engines hold a file lock or corrupt data.
 */
import type { DatastoreModel, Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const singleWriter: Check = {
  id: 'data/single-writer',
  code: 'SW-414',
  severity: 'error',
  title: 'Several processes write a single-writer datastore',
  why: 'The second process fails on the lock of the first or damages the files.',
  hint: 'Run one replica with one worker, or move the data to a server.',
  run: (model) => model.datastores.flatMap((datastore) => findingsOf(datastore, model)),
};

function findingsOf({ name, engine, writers, embeddedIn, origin }: DatastoreModel, { services }: Model): Finding[] {
  const service = services.find((candidate) => candidate.name === embeddedIn);
  if (writers === undefined || service === undefined) return [];
  const replicas = service.process?.instances ?? service.scale.max;
  const processes = replicas * service.workers;
  if (processes <= writers) return [];
  return [
    {
      at: origin.of('embeddedIn'),
      message: `\`${name}\` (${engine}) may be written by ${writers} process, but \`${service.name}\` runs up to ${processes}`,
      arithmetic: [`${replicas} replicas x ${service.workers} workers = ${processes}`],
      related: [
        {
          at: service.process?.origin.of('instances') ?? service.scale.origin.of('max'),
          note: 'the number of replicas is set here',
        },
      ],
    },
  ];
}
