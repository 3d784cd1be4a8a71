/**
 * The gateway as a process of its own, as it runs in production: for what a test can only see from outside, such as its
 * memory, its signals and whether it lives.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { noteOwn } from '../../compiler/testing/evidence.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { isCompiled } from './compiled.ts';

export interface GatewayProcess {
  readonly url: string;
  readonly port: number;
  readonly adminUrl: string;
  readonly pid: number;
  readonly child: ChildProcess;
  readonly policyPath: string;
  /** Log lines so far. */
  readonly lines: readonly string[];
  isAlive(): boolean;
  /** Resident memory as the process itself reports it. */
  residentBytes(): Promise<number>;
  readonly exited: Promise<number | null>;
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export async function startGatewayProcess(
  policy: RuntimePolicy,
  later: (cleanUp: () => Promise<unknown>) => void,
  env: Readonly<Record<string, string>> = {},
  program: readonly string[] = ['--import', 'tsx', MAIN],
): Promise<GatewayProcess> {
  if (!isCompiled(policy)) noteOwn();
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-gateway-'));
  const policyPath = join(folder, 'policy.json');
  writeFileSync(policyPath, JSON.stringify(policy));
  const child = spawn(process.execPath, [...program, policyPath], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  later(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  const lines: string[] = [];
  const started = await firstLine(child, lines, exited);
  const adminUrl = started.admin;
  return {
    url: started.listening,
    port: Number(new URL(started.listening).port),
    adminUrl,
    pid: child.pid ?? 0,
    child,
    policyPath,
    lines,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async residentBytes() {
      const text = await (await fetch(`${adminUrl}/metrics`)).text();
      return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
    },
    exited,
  };
}

interface Started {
  readonly listening: string;
  readonly admin: string;
}

/** Collects the log, and gives back the line that says where the gateway listens. */
function firstLine(child: ChildProcess, lines: string[], exited: Promise<number | null>): Promise<Started> {
  return new Promise((resolve, reject) => {
    let pending = '';
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      pending += chunk.toString();
      const whole = pending.split('\n');
      pending = whole.pop() ?? '';
      for (const line of whole) {
        lines.push(line);
        if (line.includes('"msg":"started"')) resolve(JSON.parse(line));
      }
    });
    void exited.then((code) => reject(new Error(`the gateway ended with ${code}: ${errors}`)));
  });
}
