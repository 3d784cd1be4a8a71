/**
 * The options that Argo CD reads off a single object. They are free texts; a misspelt one is silently nothing, so they are joined here.
 */
import { ANNOTATIONS } from '../../schemas/kubernetes-conventions.ts';
import type { Model } from '../resolve/model/index.ts';
import { wants } from './kubernetes-scope.ts';

/** For kinds that an operator brings: until its definitions are there, only these objects wait, and not the whole sync. */
export const SKIP_DRY_RUN = 'SkipDryRunOnMissingResource=true';

export const syncOptions = (model: Model, options: readonly string[]): Record<string, string> =>
  wants(model, 'argocd') ? { [ANNOTATIONS.syncOptions]: options.join(',') } : {};
