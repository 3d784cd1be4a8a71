/**
 * The policy as it holds in one environment: variables and signing secrets checked, overrides applied.
 *
 * Owns the order. A variable that only warns does not override: with `CORS_ORIGINS=*` declared as a warning the process
 * runs on, says so once, and keeps the origins of its policy.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { checkVariables } from '../environment/check-variables.ts';
import { FEATURE_NAMES, FEATURES } from '../features.ts';
import { applyOverrides, type OverrideState } from './apply-overrides.ts';

/** A warning is one line of the log, and names its variable. */
export interface VariableWarning {
  readonly variable: string;
  readonly message: string;
  /** Said at the level of information, where the stage of the policy asks for no warning. */
  readonly isNote: boolean;
}

export type Fitted =
  | {
      readonly kind: 'fitted';
      /** With the overrides in force. */
      readonly policy: RuntimePolicy;
      readonly overrides: readonly OverrideState[];
      readonly warnings: readonly VariableWarning[];
    }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

export function fitPolicy(policy: RuntimePolicy, env: Readonly<Record<string, string | undefined>>): Fitted {
  const problems = checkVariables(policy.variables ?? [], env);
  const warnings = problems.flatMap(({ variable, message, onProblem }): VariableWarning[] =>
    onProblem === 'refuse' ? [] : [{ variable, message, isNote: onProblem === 'note' }],
  );
  const refusals = problems.filter(({ onProblem }) => onProblem === 'refuse').map(({ message }) => message);
  const wrong = new Set(problems.map(({ variable }) => variable));
  const overridden = applyOverrides(policy, env, wrong);
  const reasons = [
    ...refusals,
    ...(overridden.kind === 'refused' ? overridden.reasons : []),
    ...FEATURE_NAMES.flatMap((name) => FEATURES[name].fit?.(policy, env) ?? []),
  ];
  if (reasons.length > 0 || overridden.kind === 'refused') return { kind: 'refused', reasons };
  return { kind: 'fitted', policy: overridden.policy, overrides: overridden.overrides, warnings };
}
