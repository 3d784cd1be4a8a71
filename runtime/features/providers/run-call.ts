/**
 * One call in the library form, from leave to the end of its response.
 *
 * Owns its time limit and its signal. A callback that ignores the signal is not waited for: its caller is told in time,
 * and its place is given back.
 */
import type { Clock } from '../../resilience/clock.ts';
import type { Schedule } from '../../resilience/schedule.ts';
import { type BodyEnd, holdResponse } from './hold-response.ts';
import { judgeError, judgeValue } from './judge-call.ts';
import type { CallEnd, Pass } from './provider-gate.ts';

export type Call<Value> = (signal: AbortSignal) => Promise<Value> | Value;

export interface RunOptions<Value> {
  readonly timeoutMs: number;
  /** Of the caller. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** What a value says of the provider. Default: by its status, if it has one. */
  readonly judge: ((value: Value) => CallEnd) | undefined;
}

export async function runCall<Value>(pass: Pass, run: Call<Value>, options: RunOptions<Value>): Promise<Value> {
  const { signal: outer, clock, judge = (value: Value) => judgeValue(value, clock.wallMs()) } = options;
  if (outer.aborted) {
    // Gone just as its turn came.
    pass.leave({ result: 'neither' });
    throw outer.reason;
  }
  const limit = openLimit(options);
  const end = (outcome: CallEnd): void => {
    limit.dispose();
    pass.leave(outcome);
  };
  limit.signal.addEventListener('abort', () => end({ result: outer.aborted ? 'neither' : 'failure' }), { once: true });
  try {
    const value = await Promise.race([limit.over, Promise.resolve(limit.signal).then(run)]);
    const outcome = judge(value);
    if (value instanceof Response) return hold(value, (bodyEnd) => end(endOfBody(bodyEnd, outcome)));
    end(outcome);
    return value;
  } catch (error) {
    end(outer.aborted ? { result: 'neither' } : judgeError(error, clock.wallMs()));
    throw error;
  }
}

interface Limit {
  /** Aborted when time is over, or with the caller's own signal. */
  readonly signal: AbortSignal;
  /** Fails when the signal is aborted. */
  readonly over: Promise<never>;
  dispose(): void;
}

function openLimit<Value>({ timeoutMs, signal: outer, schedule }: RunOptions<Value>): Limit {
  const controller = new AbortController();
  const onOuter = (): void => controller.abort(outer.reason);
  const cancel = schedule(timeoutMs, () =>
    controller.abort(new DOMException(`the provider took longer than ${timeoutMs} ms`, 'TimeoutError')),
  );
  outer.addEventListener('abort', onOuter, { once: true });
  const over = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  return {
    signal: controller.signal,
    over,
    dispose() {
      cancel();
      outer.removeEventListener('abort', onOuter);
    },
  };
}

/** A response is a response, also one whose body is watched. */
function hold<Value>(response: Value & Response, onEnd: (end: BodyEnd) => void): Value {
  return holdResponse(response, onEnd) as Value & Response;
}

function endOfBody(end: BodyEnd, head: CallEnd): CallEnd {
  if (end === 'complete') return head;
  return { ...head, result: end === 'broken' ? 'failure' : 'neither' };
}
