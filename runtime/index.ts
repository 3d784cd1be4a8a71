/** The runtime as others use it: the gateway, the library form, and what the command line needs. */
export {
  createRuntime,
  type IssuedApiKey,
  type Runtime,
  type RuntimeOptions,
  type StartResult,
  type StopReport,
} from './create-runtime.ts';
export { type EchoUpstream, startEchoUpstream, withEchoUpstream } from './echo-upstream.ts';
export { type Fitted, fitPolicy } from './environment/fit-policy.ts';
export type { NewKey } from './identity/key-records.ts';
export { type PoliciesOptions, policies } from './library.ts';
export { type LoadedPolicy, loadPolicy } from './load-policy.ts';
