/**
 * How a replica leaves: the pre-stop pause keeps it serving while load balancers forget it, then it drains, all within the grace period.
 *
 * The `sleep` action needs no shell in the image. It is on by default since Kubernetes 1.30 (KEP-3960); before, the image's own `sleep`
 * has to do. Kubernetes 1.27 types do not know the action, so it is a patch.
 */
import { JsonPatch } from 'cdk8s';
import { wholeSeconds } from '../../../schemas/units/index.ts';
import type { Model, ShutdownModel } from '../../resolve/model/index.ts';
import { isAtLeast } from '../../versions.ts';

/** Never less than pause and drain as rounded to whole seconds: the grace period runs from the start of the pause. */
export const graceSeconds = ({ preStop, drain, grace }: ShutdownModel): number =>
  Math.max(wholeSeconds(grace), wholeSeconds(preStop) + wholeSeconds(drain));

/** The pause of the first container of a pod template. */
export function preStopPatches(model: Model, { preStop }: ShutdownModel): readonly JsonPatch[] {
  const seconds = wholeSeconds(preStop);
  if (seconds === 0) return [];
  const action = isAtLeast(model.system.versions.kubernetes, '1.30')
    ? { sleep: { seconds } }
    : { exec: { command: ['sleep', String(seconds)] } };
  return [JsonPatch.add('/spec/template/spec/containers/0/lifecycle', { preStop: action })];
}
