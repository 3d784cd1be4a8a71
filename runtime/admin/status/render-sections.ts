/** The sections of the status page, each a table or a few facts. Levels and figures come from beside; here is markup only. */
import {
  levelOfBackup,
  levelOfBreaker,
  levelOfLimit,
  levelOfObjective,
  levelOfPool,
  levelOfQueue,
} from './find-warnings.ts';
import { formatCount, formatDuration, formatFactor, formatShare, formatTime } from './format.ts';
import { type Html, html } from './html.ts';
import { mark, name, number, type Row, table } from './render-table.ts';
import type { BackupView, Level, LimitView, ObjectiveView, StatusView } from './status-view.ts';

/** A section that a policy does not ask for; of objectives, limits and recovery it is worth saying that there are none. */
const NOTHING = html``;

export function renderObjectives({ objectives, nowMs, startedMs }: StatusView): Html {
  const columns = [
    name('Objective'),
    number('Good'),
    number('Target'),
    number('Burn'),
    number('Requests'),
    name('State'),
  ];
  const covered = formatDuration(nowMs - startedMs);
  const caption = `Since the start of this replica, ${covered} ago. Burn is how many times faster than allowed the error budget is spent; above 1× the objective is missed.`;
  return table('objectives', 'Objectives', caption, columns, objectives.map(rowOfObjective));
}

function rowOfObjective(objective: ObjectiveView): Row {
  const { name: title, target, good, burn, spent, total, windowMs, withinMs } = objective;
  const level = levelOfObjective(objective);
  const state = total === 0 ? 'no requests' : { ok: 'kept', warn: 'burning', bad: 'burning fast' }[level];
  const meaning = withinMs === undefined ? 'not failed' : `within ${formatDuration(withinMs)}`;
  const share = spent === undefined ? '' : `, ${formatShare(spent)} of it spent`;
  return {
    level,
    cells: [
      html`${title}<br><small>${meaning}; budget over ${formatDuration(windowMs)}${share}</small>`,
      good === undefined ? '–' : formatShare(good),
      formatShare(target),
      burn === undefined ? '–' : formatFactor(burn),
      formatCount(total),
      mark(level, state),
    ],
  };
}

export function renderLimits({ limits }: StatusView): Html {
  const columns = [name('Limit'), number('Admitted'), number('Refused'), number('Share refused'), name('State')];
  return table('limits', 'Rate limits', 'Decisions since the start of this replica.', columns, limits.map(rowOfLimit));
}

function rowOfLimit(limit: LimitView): Row {
  const { name: title, admitted, refused } = limit;
  const level = levelOfLimit(limit);
  const share = admitted + refused === 0 ? '–' : formatShare(refused / (admitted + refused));
  return {
    level,
    cells: [
      title,
      formatCount(admitted),
      formatCount(refused),
      share,
      mark(level, level === 'ok' ? 'quiet' : 'refusing'),
    ],
  };
}

export function renderBreakers({ breakers }: StatusView): Html {
  const columns = [name('Breaker'), number('Failures'), number('Refused'), number('For'), name('State')];
  const rows = breakers.map((breaker): Row => {
    const level = levelOfBreaker(breaker);
    const { kind, name: title, failures, calls, refused, forMs, state, forced } = breaker;
    const held = forced === undefined ? state : `${state}, held`;
    return {
      level,
      cells: [
        `${kind} ${title}`,
        `${failures} of ${calls}`,
        formatCount(refused),
        formatDuration(forMs),
        mark(level, held),
      ],
    };
  });
  return rows.length === 0
    ? NOTHING
    : table('breakers', 'Circuit breakers', 'Calls within the window of each breaker.', columns, rows);
}

export function renderPools({ pools }: StatusView): Html {
  const columns = [name('Pool'), number('In use'), number('Size'), number('Waiting'), name('State')];
  const rows = pools.map((pool): Row => {
    const { name: title, inUse, size, configured, waiting } = pool;
    const level = levelOfPool(pool);
    const state = size < configured ? 'throttled' : level === 'ok' ? 'free' : 'full';
    const room = size < configured ? `${size} of ${configured}` : String(size);
    return { level, cells: [title, inUse, room, waiting, mark(level, state)] };
  });
  return rows.length === 0
    ? NOTHING
    : table('pools', 'Pools of providers', 'Calls in flight now, each until its response has ended.', columns, rows);
}

export function renderCaches({ caches }: StatusView): Html {
  const columns = [name('Cache'), number('Hits'), number('Misses'), number('Share hit'), number('Entries')];
  const rows = caches.map(({ name: title, store, entries, stats: { hits, misses } }): Row => {
    const share = hits + misses === 0 ? '–' : formatShare(hits / (hits + misses));
    const where = store === 'memory' ? 'in memory' : 'shared';
    return {
      level: 'ok',
      cells: [
        html`${title} <small>${where}</small>`,
        formatCount(hits),
        formatCount(misses),
        share,
        entries === undefined ? '–' : formatCount(entries),
      ],
    };
  });
  return rows.length === 0
    ? NOTHING
    : table('caches', 'Caches', 'Look-ups since the start of this replica.', columns, rows);
}

export function renderQueues({ queues }: StatusView): Html {
  const columns = [
    name('Queue'),
    number('Entries'),
    number('In hand'),
    number('Silent for'),
    number('Consumers'),
    number('Set aside'),
    name('State'),
  ];
  const rows = queues.map((queue): Row => {
    const { name: title, reading } = queue;
    const level = levelOfQueue(queue);
    if (reading === undefined) return { level, cells: [title, '–', '–', '–', '–', '–', mark(level, 'away')] };
    const { length, pending, oldestPendingMs, consumers, dead } = reading;
    const state = level === 'ok' ? 'worked on' : dead > 0 ? 'jobs set aside' : 'nobody works';
    return {
      level,
      cells: [
        title,
        formatCount(length),
        formatCount(pending),
        formatDuration(oldestPendingMs),
        formatCount(consumers),
        formatCount(dead),
        mark(level, state),
      ],
    };
  });
  return rows.length === 0
    ? NOTHING
    : table('queues', 'Queues', 'Of all replicas and workers, as Redis tells now.', columns, rows);
}

export function renderDependencies({ dependencies, readiness }: StatusView): Html {
  const columns = [name('Dependency'), name('Needed'), name('State')];
  const rows = dependencies.map(({ name: title, required, up }): Row => {
    const level = up ? 'ok' : required ? 'bad' : 'warn';
    return { level, cells: [title, required ? 'to serve' : 'by some', mark(level, up ? 'up' : 'away')] };
  });
  return table('readiness', 'Dependencies', `This replica is ${readiness}.`, columns, rows);
}

export function renderRecovery({ backups, nowMs, isPersistent }: StatusView): Html {
  const columns = [
    name('Datastore'),
    number('Last good backup'),
    number('Allowed'),
    number('Last rehearsal'),
    name('State'),
  ];
  const caption = isPersistent
    ? 'As backup jobs reported, to any replica.'
    : 'As backup jobs reported to this replica since its start; there is no database to keep reports in.';
  return table(
    'recovery',
    'Recovery',
    caption,
    columns,
    backups.map((backup) => rowOfBackup(backup, nowMs)),
  );
}

function rowOfBackup(backup: BackupView, nowMs: number): Row {
  const { datastore, rpoMs, lastGoodBackupMs, lastGoodDrillMs } = backup;
  const level = levelOfBackup(backup, nowMs);
  const ago = (ms: number | undefined): string => (ms === undefined ? 'never' : `${formatDuration(nowMs - ms)} ago`);
  const state = { ok: 'within', warn: 'look', bad: 'overdue' }[level];
  return {
    level,
    cells: [datastore, ago(lastGoodBackupMs), formatDuration(rpoMs), ago(lastGoodDrillMs), mark(level, state)],
  };
}

export function renderPolicy({ policy, nowMs }: StatusView): Html {
  const { digest, fileDigest, expectedDigest, lastReload, overrides, unenforced } = policy;
  const compared = (other: string | undefined, level: Level): Html => {
    if (other === undefined) return html`<span class="none">not known</span>`;
    return other === digest
      ? mark('ok', 'the same')
      : html`${mark(level, 'differs')} <code>${other.slice(0, 12)}</code>`;
  };
  const active = overrides.filter(({ isActive }) => isActive);
  return html`<section aria-labelledby="policy"><h2 id="policy">Policy</h2><dl>
<dt>In force</dt><dd><code>${digest.slice(0, 12)}</code></dd>
<dt>Its file</dt><dd>${compared(fileDigest, 'warn')}</dd>
<dt>Expected</dt><dd>${compared(expectedDigest, 'bad')}</dd>
<dt>Last reload</dt><dd>${lastReload === undefined ? 'none since the start' : html`${mark(lastReload.result === 'refused' ? 'bad' : 'ok', lastReload.result)} ${formatTime(lastReload.atMs)}, ${formatDuration(nowMs - lastReload.atMs)} ago${lastReload.reasons.map((reason) => html`<br><code>${reason}</code>`)}`}</dd>
<dt>Overrides</dt><dd>${active.length === 0 ? 'none' : active.map(({ env, pointer }) => html`<code>${env}</code> sets <code>${pointer}</code><br>`)}</dd>
<dt>Not enforced</dt><dd>${unenforced.length === 0 ? 'nothing' : unenforced.map(({ feature, count, instead }) => html`${mark('warn', feature)} ${count}: ${instead}<br>`)}</dd>
</dl></section>`;
}
