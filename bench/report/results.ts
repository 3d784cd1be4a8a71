/** Everything one run of the benchmark measured; sections that were left out are absent. */
import type { CompilerRuns, ScalingRuns } from '../measure/scaling.ts';
import type { StartUp } from '../measure/start-up.ts';

export interface Results {
  readonly machine: string;
  readonly startUp?: StartUp;
  readonly systems?: CompilerRuns;
  readonly scaling?: readonly ScalingRuns[];
}
