/**
 * What of the status wants a person, worst first, in sentences.
 *
 * Pure. Owns the thresholds; the page shows the sentences on top and marks the rows by the same functions, so that nobody has
 * to find the one red row among a hundred.
 */
import { formatDuration, formatFactor, formatShare } from './format.ts';
import type { BackupView, Level, LimitView, ObjectiveView, PolicyView, QueueView, StatusView } from './status-view.ts';

export interface Attention {
  readonly level: Exclude<Level, 'ok'>;
  /** Section of the page that tells more. */
  readonly section: 'readiness' | 'objectives' | 'limits' | 'breakers' | 'pools' | 'queues' | 'recovery' | 'policy';
  readonly text: string;
}

/** Fewer requests say nothing of an objective. */
const ENOUGH_REQUESTS = 20;
/** 2 % of a month's budget in an hour: https://sre.google/workbook/alerting-on-slos/ */
const FAST_BURN = 14.4;
const MANY_REFUSED = 0.1;

export function findWarnings(view: StatusView): readonly Attention[] {
  const found = [
    ...ofReadiness(view),
    ...view.objectives.flatMap(ofObjective),
    ...view.breakers.flatMap(ofBreaker),
    ...view.pools.flatMap(ofPool),
    ...view.limits.flatMap(ofLimit),
    ...view.queues.flatMap(ofQueue),
    ...view.backups.flatMap((backup) => ofBackup(backup, view.nowMs)),
    ...ofPolicy(view.policy),
  ];
  return [...found.filter(({ level }) => level === 'bad'), ...found.filter(({ level }) => level === 'warn')];
}

export function levelOfObjective({ total, burn = 0, spent = 0 }: ObjectiveView): Level {
  if (total < ENOUGH_REQUESTS || burn <= 1) return 'ok';
  return burn >= FAST_BURN || spent >= 1 ? 'bad' : 'warn';
}

export function levelOfLimit({ admitted, refused }: LimitView): Level {
  return admitted + refused >= ENOUGH_REQUESTS && refused / (admitted + refused) >= MANY_REFUSED ? 'warn' : 'ok';
}

export function levelOfBreaker({ state, forced }: StatusView['breakers'][number]): Level {
  if (state === 'open') return 'bad';
  return state === 'half-open' || forced !== undefined ? 'warn' : 'ok';
}

export function levelOfPool({ configured, size, inUse, waiting }: StatusView['pools'][number]): Level {
  return size < configured || (waiting > 0 && inUse >= size) ? 'warn' : 'ok';
}

/** Jobs that were set aside want somebody to look, as does work that nobody takes. */
export function levelOfQueue({ reading }: QueueView): Level {
  if (reading === undefined) return 'warn';
  return reading.dead > 0 || (reading.length > 0 && reading.consumers === 0) ? 'warn' : 'ok';
}

export function levelOfBackup(backup: BackupView, nowMs: number): Level {
  const { rpoMs, lastGoodBackupMs, lastBackupFailed } = backup;
  if (lastGoodBackupMs === undefined || nowMs - lastGoodBackupMs > rpoMs) return 'bad';
  return lastBackupFailed || levelOfDrill(backup, nowMs) !== 'ok' ? 'warn' : 'ok';
}

export function levelOfDrill({ drillEveryMs, lastGoodDrillMs, lastDrillFailed }: BackupView, nowMs: number): Level {
  if (lastDrillFailed) return 'warn';
  if (drillEveryMs === undefined) return 'ok';
  return lastGoodDrillMs === undefined || nowMs - lastGoodDrillMs > drillEveryMs ? 'warn' : 'ok';
}

function ofReadiness({ readiness, dependencies }: StatusView): readonly Attention[] {
  const notReady: readonly Attention[] =
    readiness === 'starting' || readiness === 'draining'
      ? [{ level: 'warn', section: 'readiness', text: `This replica is ${readiness}.` }]
      : [];
  return [
    ...notReady,
    ...dependencies
      .filter(({ up }) => !up)
      .map(({ name, required }): Attention => {
        const text = required ? `${name} is away: this replica takes no traffic.` : `${name} is away.`;
        return { level: required ? 'bad' : 'warn', section: 'readiness', text };
      }),
  ];
}

function ofObjective(objective: ObjectiveView): readonly Attention[] {
  const level = levelOfObjective(objective);
  if (level === 'ok') return [];
  const { name, good = 1, target, burn = 0 } = objective;
  const figures = `${formatShare(good)} good, target ${formatShare(target)}`;
  return [
    {
      level,
      section: 'objectives',
      text: `${name}: ${figures}; the error budget burns ${formatFactor(burn)} too fast.`,
    },
  ];
}

function ofBreaker(breaker: StatusView['breakers'][number]): readonly Attention[] {
  const level = levelOfBreaker(breaker);
  if (level === 'ok') return [];
  const { kind, name, state, forced, forMs } = breaker;
  const held = forced === undefined ? '' : ', held by an operator';
  return [
    {
      level,
      section: 'breakers',
      text: `The breaker of ${kind} ${name} has been ${state} for ${formatDuration(forMs)}${held}.`,
    },
  ];
}

function ofPool(pool: StatusView['pools'][number]): readonly Attention[] {
  if (levelOfPool(pool) === 'ok') return [];
  const { name, configured, size, waiting } = pool;
  const text =
    size < configured
      ? `The pool ${name} is throttled to ${size} of ${configured} calls at once.`
      : `${waiting} ${waiting === 1 ? 'call waits' : 'calls wait'} for a place of the pool ${name}.`;
  return [{ level: 'warn', section: 'pools', text }];
}

function ofLimit(limit: LimitView): readonly Attention[] {
  if (levelOfLimit(limit) === 'ok') return [];
  const { name, admitted, refused } = limit;
  return [
    {
      level: 'warn',
      section: 'limits',
      text: `${name} refused ${formatShare(refused / (admitted + refused))} of its requests.`,
    },
  ];
}

function ofQueue(queue: QueueView): readonly Attention[] {
  if (levelOfQueue(queue) === 'ok') return [];
  const { name, reading } = queue;
  return [{ level: 'warn', section: 'queues', text: describeQueue(name, reading) }];
}

function describeQueue(name: string, reading: QueueView['reading']): string {
  if (reading === undefined) return `The queue ${name} cannot be measured: its Redis does not answer.`;
  const { dead, length } = reading;
  if (dead > 0)
    return `${dead} ${dead === 1 ? 'job' : 'jobs'} of the queue ${name} failed too often and ${dead === 1 ? 'was' : 'were'} set aside.`;
  return `${length} ${length === 1 ? 'entry' : 'entries'} of the queue ${name} and no consumer.`;
}

function ofBackup(backup: BackupView, nowMs: number): readonly Attention[] {
  const { datastore, rpoMs, lastGoodBackupMs, lastBackupFailed, lastDrillFailed } = backup;
  const found: Attention[] = [];
  if (lastGoodBackupMs === undefined) {
    found.push({ level: 'bad', section: 'recovery', text: `No good backup of ${datastore} was ever reported.` });
  } else if (nowMs - lastGoodBackupMs > rpoMs) {
    const age = formatDuration(nowMs - lastGoodBackupMs);
    found.push({
      level: 'bad',
      section: 'recovery',
      text: `The last good backup of ${datastore} is ${age} old; ${formatDuration(rpoMs)} is allowed.`,
    });
  }
  if (lastBackupFailed)
    found.push({ level: 'warn', section: 'recovery', text: `The last backup of ${datastore} failed.` });
  if (levelOfDrill(backup, nowMs) !== 'ok') {
    const what = lastDrillFailed ? 'failed' : 'is overdue';
    found.push({ level: 'warn', section: 'recovery', text: `The rehearsed restore of ${datastore} ${what}.` });
  }
  return found;
}

function ofPolicy({ digest, fileDigest, expectedDigest, lastReload, unenforced }: PolicyView): readonly Attention[] {
  const found: Attention[] = [];
  if (lastReload?.result === 'refused') {
    found.push({ level: 'bad', section: 'policy', text: 'The last reload was refused: an older policy is in force.' });
  } else if (fileDigest !== undefined && fileDigest !== digest) {
    found.push({ level: 'warn', section: 'policy', text: 'The policy file differs from the policy in force.' });
  }
  if (expectedDigest !== undefined && expectedDigest !== digest) {
    found.push({
      level: 'bad',
      section: 'policy',
      text: 'The policy in force is not the one that this deployment expects.',
    });
  }
  if (unenforced.length > 0) {
    const features = unenforced.map(({ feature }) => feature).join(', ');
    found.push({ level: 'warn', section: 'policy', text: `Declared and not enforced by this release: ${features}.` });
  }
  return found;
}
