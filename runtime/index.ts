/** The runtime as others use it: the gateway, the library form, and what the command line needs. */

export {
  type CallOptions,
  type CreateProvidersOptions,
  createProviders,
  type ProviderClient,
} from './create-providers.ts';
export { type ReadVariables, readVariableFiles } from './environment/variable-files.ts';
export type { CacheReport, Caches } from './features/cache/caches.ts';
export type { NamedCache } from './features/cache/named-cache.ts';
export type { WarmUp } from './features/cache/warm-up.ts';
export type { NewKey } from './features/identity/key-records.ts';
export {
  isProviderUnavailable,
  ProviderUnavailable,
  type UnavailableReason,
} from './features/providers/provider-unavailable.ts';
export { type Enqueued, type EnqueueOptions, enqueue } from './features/queues/enqueue.ts';
export type { JobHandler, QueueJob, WorkerLog } from './features/queues/jobs.ts';
export { type QueueWorker, type QueueWorkerOptions, startQueueWorker } from './features/queues/queue-worker.ts';
export type { Administered, BudgetReport, LimitAdministration } from './features/rate-limit/administration.ts';
export type { BudgetName } from './features/rate-limit/limiter.ts';
export {
  type MessageSigner,
  type RequestToSign,
  type SignOptions,
  type SimpleSigner,
  signRequest,
} from './features/signing/sign-request.ts';
export type { ListenField } from './http/listen.ts';
export { type PoliciesOptions, policies } from './library.ts';
export { createRuntime } from './process/create-runtime.ts';
export { type Fitted, fitPolicy } from './process/fit-policy.ts';
export { digestOf, type LoadedPolicy, loadPolicy } from './process/load-policy.ts';
export type { IssuedApiKey, Runtime, RuntimeOptions, StartResult, StopReport } from './process/runtime.ts';
export { watchFile } from './process/watch-file.ts';
export { openRedis, type SharedRedis } from './storage/redis/open-redis.ts';
export { parseRedisUrl, type RedisAddress } from './storage/redis/plan-redis.ts';
export { startSdk } from './telemetry/start-sdk.ts';
export { type DemoKey, issueDemoKey } from './trial/demo-key.ts';
export { type RunningFakes, startFakes } from './trial/fakes.ts';
export { type MadeUp, prepareTrial, type Trial } from './trial/prepare-trial.ts';
