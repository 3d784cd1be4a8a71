/**
 * A database of the small system of tests, with a nightly backup.
 */
import { bytes, milliseconds } from '../../../schemas/units/index.ts';
import type { DatastoreModel } from '../../resolve/model/index.ts';
import { testOrigin } from './origin.ts';

const GIBIBYTE = 2 ** 30;

export const goodDatastore = (name: string, changes: Partial<DatastoreModel> = {}): DatastoreModel => ({
  origin: testOrigin,
  name,
  owner: 'commerce',
  description: undefined,
  engine: 'postgresql',
  protocol: undefined,
  placement: 'external',
  embeddedIn: undefined,
  path: undefined,
  version: '16',
  host: `${name}.db.example.net`,
  port: 5432,
  tls: 'required',
  maxConnections: 200,
  reservedConnections: 3,
  writers: undefined,
  replicas: 1,
  storage: bytes(20 * GIBIBYTE),
  durable: true,
  credentials: { origin: testOrigin, secret: `${name}-database`, key: 'url' },
  rpo: milliseconds(3_600_000),
  rto: milliseconds(7_200_000),
  backup: {
    origin: testOrigin,
    method: 'dump',
    schedule: '17 * * * *',
    duration: milliseconds(600_000),
    retention: milliseconds(30 * 86_400_000),
    archiveTimeout: undefined,
    image: 'registry.example.com/tools/pg-backup:16.4',
    destination: { origin: testOrigin, kind: 's3', location: 'shop-backups/orders' },
    encrypted: true,
    drill: undefined,
  },
  streams: [],
  ...changes,
});
