/**
 * What every resolver of one model needs: the system and environment it is for, the environment's overrides, and where to report.
 */
import type { EnvironmentSpec } from '../../schemas/spec/environment.gen.ts';
import type { SourceDocument } from '../source/source-document.ts';
import type { Layers } from './field-reader.ts';
import type { EnvironmentModel, SystemModel } from './model/index.ts';
import type { Report } from './report.ts';

/** The environment document as a source of overrides. */
export interface Overrides {
  readonly spec: EnvironmentSpec;
  readonly source: SourceDocument;
  readonly name: string;
}

export interface ResolveContext {
  readonly system: SystemModel;
  readonly environment: EnvironmentModel;
  readonly over: Overrides;
  readonly report: Report;
}

/** The overriding layer for one named thing, if the environment has one. */
export function overrideFor<T extends object>(
  over: Overrides,
  group: 'services' | 'datastores' | 'providers' | 'rateLimits',
  name: string,
): Layers<T>['over'] {
  const groupValue = over.spec[group];
  if (groupValue === undefined || !Object.hasOwn(groupValue, name)) return undefined;
  const value = groupValue[name] as Partial<T> | undefined;
  return value && { value, at: { document: over.source, path: ['spec', group, name] }, environment: over.name };
}
