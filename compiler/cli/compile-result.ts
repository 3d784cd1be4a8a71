/** What a run came to, in a form that `--check` can be given again. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Summary } from './summary.ts';
import type { TreeReport } from './tree-report.ts';

export interface CompileResult {
  readonly diagnostics: readonly Diagnostic[];
  readonly summary: Summary;
  readonly tree: TreeReport;
}
