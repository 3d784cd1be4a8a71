/**
 * Resolves what a service needs beside itself: datastores, other services and providers, and files that secrets fill.
 */
import { compareTexts } from '../../schemas/data/texts.ts';
import type { ServiceSpec } from '../../schemas/spec/service.gen.ts';
import { FieldReader } from './field-reader.ts';
import type { CallModel, DatastoreUseModel, SecretFileModel } from './model/index.ts';
import { originsOf, renameOrigins } from './model/origin.ts';
import type { Report } from './report.ts';
import { resolveSecretRef } from './resolve-datastore.ts';

type ServiceReader = FieldReader<ServiceSpec & { pool?: number; instances?: number }>;

export function resolveFiles(read: ServiceReader, report: Report): SecretFileModel[] {
  const first = new Map<string, SecretFileModel>();
  for (const [index, file] of (read.get('files') ?? []).entries()) {
    const fields = new FieldReader({ base: file, at: read.at('files', index) }, report);
    const path = fields.get('path') ?? '';
    fields.get('secret');
    const earlier = first.get(path);
    if (earlier === undefined)
      first.set(path, { path, secret: file.secret.name, key: file.secret.key, origin: fields.origins() });
    else
      report.add('SW-306', fields.origins().of('path'), `file \`${path}\` is filled twice`, {
        related: [{ at: earlier.origin.of('path'), note: 'it is already filled here' }],
      });
  }
  return [...first.values()].sort((a, b) => compareTexts(a.path, b.path));
}

export function resolveUses(read: ServiceReader, report: Report): DatastoreUseModel[] {
  const database = read.get('database');
  const pool = read.get('pool');
  const poolOrigin = read.origins().of('pool');
  const fromDatabase =
    database === undefined
      ? []
      : [{ entry: { ...database, required: true }, at: read.at('database'), overridden: pool }];
  const fromUses = (read.get('uses') ?? []).map((entry, index) => ({
    entry,
    at: read.at('uses', index),
    overridden: undefined,
  }));
  return [...fromDatabase, ...fromUses].map(({ entry, at, overridden }) => {
    const fields = new FieldReader({ base: entry, at }, report);
    const written = fields.get('pool');
    const required = fields.getOr('required', 'required');
    fields.get('use');
    const as = fields.get('as');
    const credentials = resolveSecretRef(fields, report);
    const own = fields.origins();
    const origin = overridden === undefined ? own : renameOrigins(own, { pool: poolOrigin });
    return { datastore: entry.use, as, credentials, pool: overridden ?? written, required, origin };
  });
}

export function resolveCalls(read: ServiceReader, report: Report): CallModel[] {
  return (read.get('calls') ?? []).map((call, index) => {
    const fields = new FieldReader({ base: call, at: read.at('calls', index) }, report);
    const service = fields.get('service');
    const name = service ?? fields.get('provider') ?? '';
    const origins = fields.origins();
    const required = fields.getOr('required', 'required');
    return {
      kind: service === undefined ? 'provider' : 'service',
      name,
      required,
      origin: originsOf(origins.self, { name: origins.of(service === undefined ? 'provider' : 'service') }),
    };
  });
}
