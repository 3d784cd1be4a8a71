/** What a probe is told, on either port. */
import type { Health } from '../../../schemas/runtime-policy.gen.ts';
import type { Readiness, Verdict } from './readiness.ts';

export interface ProbeAnswer {
  readonly status: number;
  readonly body: string;
}

/** Answers a probe, or undefined when the target is none. */
export async function probeAnswer(
  target: string,
  health: Health,
  readiness: Readiness,
): Promise<ProbeAnswer | undefined> {
  const path = target.split('?', 1)[0];
  if (path === health.live) return { status: 200, body: JSON.stringify({ status: 'alive' }) };
  if (path !== health.ready) return undefined;
  const verdict = await readiness.check();
  return { status: verdict.status === 'ready' ? 200 : 503, body: JSON.stringify(describeVerdict(verdict)) };
}

function describeVerdict({ status, dependencies }: Verdict): unknown {
  const away = dependencies.filter((dependency) => !dependency.up).map((dependency) => dependency.name);
  return { status, away, dependencies };
}
