/** The compiler as a library: the flow, the shapes that checks and emitters use, and the writer. */
export type { Check, Finding } from './checks/check.ts';
export type { Diagnostic, Outcome, Severity, SourceSpan } from './diagnostics/diagnostic.ts';
export type { Artifact, Claim, Emitter, OriginMark } from './emitters/emitter.ts';
export { type Analysis, analyse, type Compilation, type CompileOptions, compile } from './pipeline.ts';
export type { Model, Origin } from './resolve/model/index.ts';
export { loadSources } from './source/load-sources.ts';
export type { SourceFile } from './source/source-document.ts';
export { diskHost } from './source/source-host.ts';
export { VERSION } from './version.ts';
export type { WantedEnvironment } from './writer/plan-writes.ts';
export { makePlan, type WriteOutcome, type WriteRequest, writeTree } from './writer/write-plan.ts';
