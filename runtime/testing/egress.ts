/** Calls through the way out of a runtime, and what it says of itself afterwards. */
import { ok } from 'node:assert/strict';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { testPolicy } from './policy.ts';
import type { Gateway } from './servers.ts';

/** A policy with these providers and a way out to them. */
export function egressPolicy(providers: RuntimePolicy['providers']): RuntimePolicy {
  return testPolicy({ egress: { host: '127.0.0.1', port: 0 }, providers });
}

export function ask(gateway: Gateway, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.egressUrl}${path}`, init);
}

/** 0 when the connection was cut. */
export async function statusOf(gateway: Gateway, path: string, init: RequestInit = {}): Promise<number> {
  try {
    const response = await ask(gateway, path, init);
    await response.text();
    return response.status;
  } catch {
    return 0;
  }
}

/** One after the other. */
export async function statuses(gateway: Gateway, path: string, count: number): Promise<readonly number[]> {
  const all: number[] = [];
  for (let index = 0; index < count; index += 1) all.push(await statusOf(gateway, path));
  return all;
}

/** What a problem is for a program. */
export async function problemReason(response: Response): Promise<unknown> {
  const problem: unknown = await response.json();
  return typeof problem === 'object' && problem !== null && 'reason' in problem ? problem.reason : undefined;
}

/** The value of one series, which must exist. */
export async function metric(gateway: Gateway, series: string): Promise<number> {
  return readSeries(await scrape(gateway), series);
}

export async function scrape({ adminUrl }: Gateway): Promise<string> {
  return (await fetch(`${adminUrl}/metrics`)).text();
}

export function readSeries(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  ok(line !== undefined, `${series} is scraped`);
  return Number(line.split(' ').at(-1));
}
