/**
 * The controls that the runtime has to realise, from the acceptance files of the five systems.
 *
 * Owns the selection: those with `runtime` in `realizedBy`. Where the files are not there, nobody is asked.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface RuntimeControl {
  readonly id: string;
  readonly requirement: string;
  /** `product-specific` ones are the product's code; the runtime offers only what they can be built with. */
  readonly scope: string;
  /** The targets that realise the rest of it: an alert, a panel, a manifest. */
  readonly others?: readonly string[];
}

const SYSTEMS = ['sentientiq', 'sentinel', 'jamey', 'intent-engine', 'sim-corp'];

/** Undefined where `folder` does not hold the files. */
export function readRuntimeControls(folder: string): readonly RuntimeControl[] | undefined {
  if (!existsSync(folder)) return undefined;
  return SYSTEMS.flatMap((system) => {
    const document: { readonly controls: readonly (RuntimeControl & { readonly realizedBy?: readonly string[] })[] } =
      parse(readFileSync(join(folder, `${system}.yaml`), 'utf8'));
    return document.controls
      .filter((control) => control.realizedBy?.includes('runtime'))
      .map(({ id, requirement, scope, realizedBy = [] }) => {
        return { id, requirement, scope, others: realizedBy.filter((target) => target !== 'runtime') };
      });
  });
}
