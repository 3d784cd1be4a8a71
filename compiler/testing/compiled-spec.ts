/**
 * What a spec compiles into, running: the policy for a gateway, and nginx in front of it. For tests of both enforcers at once.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { buildRuntimePolicy } from '../derive/runtime-policy/build-policy.ts';
import { emitter } from '../emitters/nginx/emitter.ts';
import { type RunningNginx, runNginx } from '../emitters/nginx/testing/run-nginx.ts';
import { modelOf } from './model-of.ts';

export type { RunningNginx };

export const compilePolicy = (yaml: string): RuntimePolicy => buildRuntimePolicy(modelOf(yaml));

/** The edge of the spec in front of a port of this machine; `host` is asked unless a request says another. */
export const runEdge = (yaml: string, port: number, host: string): Promise<RunningNginx> =>
  runNginx(emitter.emit(modelOf(yaml)), port, host);

/** All files of the edge as one text. */
export const compileNginx = (yaml: string): string =>
  emitter
    .emit(modelOf(yaml))
    .map(({ path, text }) => `# ${path}\n${text}`)
    .join('\n');
