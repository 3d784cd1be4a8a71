/**
 * What a reload cannot change, because something was opened with it at start.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { FrozenPart } from '../feature.ts';
import { FEATURE_NAMES, FEATURES } from '../features.ts';
import { needsStorage } from '../storage/postgres/plan-storage.ts';

const FROZEN: readonly FrozenPart[] = [
  ...FEATURE_NAMES.flatMap((name) => FEATURES[name].frozen ?? []),
  ['system', ({ system }) => system],
  ['environment', ({ environment }) => environment],
  ['listen', ({ listen }) => listen],
  ['admin', ({ admin }) => admin],
  ['tls', ({ tls }) => tls],
  ['storage', ({ storage }) => storage],
  ['auth.apiKeys.pepperEnv', ({ auth }) => auth.apiKeys.pepperEnv],
  ['auth: whether keys are asked for', needsStorage],
  ['auth.apiKeys.prefix', ({ auth }) => auth.apiKeys.prefix],
  ['telemetry', ({ telemetry: { logLevel: _reloadable, ...rest } }) => rest],
];

/** One reason for each such part that differs; none when `after` can follow `before` without a restart. */
export function listFrozen(before: RuntimePolicy, after: RuntimePolicy): readonly string[] {
  return FROZEN.filter(([, read]) => !isDeepStrictEqual(read(before), read(after))).map(
    ([path]) => `${path}: changed, and that needs a restart`,
  );
}
