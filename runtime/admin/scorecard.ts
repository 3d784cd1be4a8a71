/**
 * How ready for production this replica is, as a list of claims that hold or do not.
 *
 * Pure: a judgement over the policy, the status and three facts. What cannot be judged here is `unknown` and counts for
 * nothing; a claim that is not asked for is left out.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { levelOfBackup, levelOfDrill, levelOfObjective } from './status/find-warnings.ts';
import type { StatusView } from './status/status-view.ts';

export interface ScorecardItem {
  readonly id: string;
  readonly claim: string;
  readonly result: 'holds' | 'fails' | 'unknown';
}

export interface Facts {
  readonly hasAdministrator: boolean;
  readonly database: 'postgresql' | 'embedded' | 'none';
}

export interface Scorecard {
  /** Of the claims that can be judged. */
  readonly holds: number;
  readonly judged: number;
  readonly items: readonly ScorecardItem[];
}

export function judgeReadiness(policy: RuntimePolicy, view: StatusView, facts: Facts): Scorecard {
  const items = [
    ...ofPolicy(policy, view),
    ...ofState(policy, facts),
    ...ofSignals(view),
    ...view.backups.flatMap((backup) => [
      item(
        `recovery/${backup.datastore}/backup`,
        `${backup.datastore} was backed up within its objective`,
        levelOfBackup(backup, view.nowMs) !== 'bad',
      ),
      ...(backup.drillEveryMs === undefined
        ? []
        : [
            item(
              `recovery/${backup.datastore}/drill`,
              `a restore of ${backup.datastore} was rehearsed in time`,
              levelOfDrill(backup, view.nowMs) === 'ok',
            ),
          ]),
    ]),
  ];
  const judged = items.filter(({ result }) => result !== 'unknown');
  return { holds: judged.filter(({ result }) => result === 'holds').length, judged: judged.length, items };
}

function ofPolicy({ limits, trust, routes }: RuntimePolicy, { policy }: StatusView): readonly ScorecardItem[] {
  const { digest, fileDigest, expectedDigest, lastReload, unenforced } = policy;
  const limited = routes.filter((route) => route.limits.length > 0);
  const dry = Object.values(limits).filter(({ dryRun }) => dryRun === true);
  return [
    item('policy/enforced', 'everything that the policy declares is enforced', unenforced.length === 0),
    item(
      'policy/file',
      'the policy in force is that of its file',
      fileDigest === undefined ? undefined : fileDigest === digest,
    ),
    item(
      'policy/expected',
      'the policy in force is the one that the deployment expects',
      expectedDigest === undefined ? undefined : expectedDigest === digest,
    ),
    item(
      'policy/reload',
      'the last reload was accepted',
      lastReload === undefined ? undefined : lastReload.result !== 'refused',
    ),
    item('limits/all-routes', 'every route has a rate limit', limited.length === routes.length),
    item('limits/enforced', 'no rate limit is only tried out', dry.length === 0),
    item('trust/bounded', 'no proxy range trusts everybody', !trust.proxyCidrs.some((range) => /\/0$/.test(range))),
  ];
}

function ofState({ storage, stage }: RuntimePolicy, { hasAdministrator, database }: Facts): readonly ScorecardItem[] {
  return [
    item('admin/present', 'administration has a credential', hasAdministrator),
    ...(database === 'none'
      ? []
      : [
          item(
            'storage/server',
            'keys are kept in a database server',
            stage === 'production' || storage.replicas > 1 ? database === 'postgresql' : undefined,
          ),
        ]),
    ...(storage.replicas > 1
      ? [item('storage/counters', 'replicas count limits together', storage.counters.kind === 'redis')]
      : []),
  ];
}

function ofSignals({ readiness, dependencies, objectives, breakers }: StatusView): readonly ScorecardItem[] {
  return [
    item('signals/ready', 'this replica is ready', readiness === 'ready'),
    ...dependencies.map(({ name, up }) => item(`signals/${name}`, `${name} is there`, up)),
    ...objectives.map((objective) =>
      item(
        `objectives/${objective.name}`,
        `${objective.name} is kept`,
        objective.total === 0 ? undefined : levelOfObjective(objective) === 'ok',
      ),
    ),
    ...(breakers.length === 0
      ? []
      : [
          item(
            'breakers/closed',
            'no breaker is open',
            breakers.every(({ state }) => state !== 'open'),
          ),
        ]),
  ];
}

function item(id: string, claim: string, holds: boolean | undefined): ScorecardItem {
  return { id, claim, result: holds === undefined ? 'unknown' : holds ? 'holds' : 'fails' };
}
