/** The runtime as others use it: the gateway, the library form, and what the command line needs. */
export type { CacheReport, Caches } from './cache/caches.ts';
export type { NamedCache } from './cache/named-cache.ts';
export type { WarmUp } from './cache/warm-up.ts';
export { createRuntime } from './create-runtime.ts';
export { type Fitted, fitPolicy } from './environment/fit-policy.ts';
export { type ReadVariables, readVariableFiles } from './environment/variable-files.ts';
export type { NewKey } from './identity/key-records.ts';
export { type PoliciesOptions, policies } from './library.ts';
export type { ListenField } from './lifecycle/listen.ts';
export { watchFile } from './lifecycle/watch-file.ts';
export type { Administered, BudgetReport, LimitAdministration } from './limits/administration.ts';
export type { BudgetName } from './limits/limiter.ts';
export { digestOf, type LoadedPolicy, loadPolicy } from './load-policy.ts';
export {
  type CallOptions,
  type CreateProvidersOptions,
  createProviders,
  type ProviderClient,
} from './providers/create-providers.ts';
export {
  isProviderUnavailable,
  ProviderUnavailable,
  type UnavailableReason,
} from './providers/provider-unavailable.ts';
export { type Enqueued, type EnqueueOptions, enqueue } from './queues/enqueue.ts';
export type { JobHandler, QueueJob } from './queues/jobs.ts';
export { type QueueWorker, type QueueWorkerOptions, startQueueWorker, type WorkerLog } from './queues/queue-worker.ts';
export type { IssuedApiKey, Runtime, RuntimeOptions, StartResult, StopReport } from './runtime.ts';
export {
  type MessageSigner,
  type RequestToSign,
  type SignOptions,
  type SimpleSigner,
  signRequest,
} from './signing/sign-request.ts';
export { openRedis, type SharedRedis } from './storage/redis/open-redis.ts';
export { parseRedisUrl, type RedisAddress } from './storage/redis/plan-redis.ts';
export { type DemoKey, issueDemoKey } from './trial/demo-key.ts';
export { type RunningFakes, startFakes } from './trial/fakes.ts';
export { type MadeUp, prepareTrial, type Trial } from './trial/prepare-trial.ts';
