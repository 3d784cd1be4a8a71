/** The time each function spent itself, out of a profile as V8 writes it. */

export interface Frame {
  readonly functionName: string;
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly frame: Frame;
  readonly milliseconds: number;
}

/** Longest first. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): readonly SelfTime[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, { frame: Frame; milliseconds: number }>();
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined) continue;
    const key = `${frame.url}:${frame.lineNumber}:${frame.columnNumber}:${frame.functionName}`;
    const entry = times.get(key) ?? { frame, milliseconds: 0 };
    entry.milliseconds += (timeDeltas[index] ?? 0) / 1000;
    times.set(key, entry);
  }
  return [...times.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}
