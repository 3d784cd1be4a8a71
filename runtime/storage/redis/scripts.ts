/**
 * Lua scripts: what the server that owns their keys does in one step.
 *
 * Relies on `defineCommand` of ioredis. A connection is sent the text of a script once and its digest from then on, and the
 * text again where the server does not know it: after a restart or SCRIPT FLUSH, or at another node of a cluster.
 */
import { createHash } from 'node:crypto';
import type { ClientContext, Cluster, Redis, Result } from 'ioredis';

export type ScriptArgument = string | number | Buffer;

/** What a client calls the script: after its text, so that two are never taken for one. */
type Command = `seaworthy:${string}`;

export interface Script {
  readonly command: Command;
  readonly lua: string;
}

declare module 'ioredis' {
  // The way of ioredis to add commands to its clients.
  interface RedisCommander<Context extends ClientContext> {
    [command: Command]: (keys: number, ...keysAndArguments: ScriptArgument[]) => Result<unknown, Context>;
  }
}

export function script(lua: string): Script {
  return { command: `seaworthy:${createHash('sha1').update(lua).digest('hex')}`, lua };
}

type RunScript = (
  client: Redis | Cluster,
  script: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
) => Promise<unknown>;

/** Runs a script in one round trip; texts of the reply are strings. In a cluster its keys must share a slot. */
export const runScript: RunScript = async (client, { command, lua }, keys, args) => {
  define(client, command, lua);
  return client[command]?.(keys.length, ...keys, ...args);
};

/** As `runScript`; texts of the reply are bytes. */
export const runScriptForBytes: RunScript = async (client, { command, lua }, keys, args) => {
  define(client, command, lua);
  return client[`${command}Buffer`]?.(keys.length, ...keys, ...args);
};

/** Once for each client, which remembers by this which of its connections know the text. */
function define(client: Redis | Cluster, command: Command, lua: string): void {
  if (client[command] === undefined) client.defineCommand(command, { lua });
}
