/**
 * Where a collector is, from the policy and the environment.
 *
 * Owns the order (the variable, then the policy's own address, then nowhere) and the path that OTLP over HTTP has for each
 * kind of data (https://opentelemetry.io/docs/specs/otlp/#otlphttp-request). An empty variable turns the export off: no
 * attempt, no error.
 */
import type { Environment } from '../../environment/environment.ts';

export interface CollectorSettings {
  readonly endpointEnv: string;
  readonly endpoint?: string;
  readonly protocol: OtlpProtocol;
}

export type OtlpProtocol = 'grpc' | 'http/protobuf';

export type CollectorAddress =
  | { readonly kind: 'off' }
  | { readonly kind: 'address'; readonly url: string }
  /** The variable holds something that is no address. */
  | { readonly kind: 'refused'; readonly reason: string };

export function readCollectorAddress(
  { endpointEnv, endpoint, protocol }: CollectorSettings,
  data: 'traces' | 'metrics',
  env: Environment,
): CollectorAddress {
  const text = (env[endpointEnv] ?? endpoint ?? '').trim();
  if (text === '') return { kind: 'off' };
  if (!URL.canParse(text) || !/^https?:\/\//.test(text)) {
    return { kind: 'refused', reason: `${endpointEnv}: is no http or https address of a collector` };
  }
  if (protocol === 'grpc') return { kind: 'address', url: text };
  const path = `/v1/${data}`;
  return { kind: 'address', url: text.endsWith(path) ? text : text.replace(/\/$/, '') + path };
}
