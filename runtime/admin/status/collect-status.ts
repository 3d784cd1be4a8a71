/**
 * Reads the status from what runs.
 *
 * Counts come from the same instruments as the scrape, so the page and the dashboards cannot disagree. Fails on nothing:
 * what cannot be read is shown as not known.
 */
import { digestOf } from '../../process/load-policy.ts';
import { VERSION } from '../../version.ts';
import type { AdminParts } from '../admin-parts.ts';
import type { LimitView, ObjectiveView, PolicyView, StatusView } from './status-view.ts';

/** Where a deployment says which policy it means to be in force. */
const EXPECTED_DIGEST = 'SEAWORTHY_EXPECTED_DIGEST';

export async function collectStatus(parts: AdminParts): Promise<StatusView> {
  const { resources, startedWallMs } = parts;
  const { policy, readiness } = parts.snapshot();
  const { breakers, clock, features, metrics } = resources;
  const backups = features.api('backups');
  const [verdict, series, policyView, caches = [], queues = []] = await Promise.all([
    readiness.check(),
    resources.registry.read(),
    viewPolicy(parts),
    features.api('cache')?.list(),
    features.api('queues')?.measure(),
    features.beforeScrape(),
  ]);
  return {
    system: policy.system,
    environment: policy.environment,
    stage: policy.stage,
    version: VERSION,
    nowMs: clock.wallMs(),
    startedMs: startedWallMs,
    readiness: verdict.status,
    dependencies: verdict.dependencies,
    activeRequests: metrics.activeRequests,
    objectives: viewObjectives(parts),
    limits: viewLimits(series('ratelimit_requests_total'), Object.keys(policy.limits)),
    breakers: breakers.list(),
    pools: features.api('providers')?.pools() ?? [],
    caches,
    queues: [...queues].map(([name, reading]) => ({ name, reading })),
    backups: (backups?.list() ?? []).map(({ datastore, objective, lastBackup, lastDrill, ...times }) => ({
      datastore,
      rpoMs: objective.rpoMs,
      drillEveryMs: objective.drillEveryMs,
      ...times,
      lastBackupFailed: lastBackup?.ok === false,
      lastDrillFailed: lastDrill?.ok === false,
    })),
    isPersistent: backups?.isPersistent ?? false,
    policy: policyView,
  };
}

async function viewPolicy({ snapshot, resources, reloader, readPolicy }: AdminParts): Promise<PolicyView> {
  const { digest, overrides, unenforced } = snapshot();
  const fileDigest = await readPolicy?.().then(digestOf, () => undefined);
  const expected = resources.env[EXPECTED_DIGEST];
  const { last } = reloader;
  return {
    digest,
    fileDigest,
    expectedDigest: expected === '' ? undefined : expected?.replace(/^sha256:/, '').toLowerCase(),
    lastReload: last && {
      atMs: last.atMs,
      result: last.result.kind,
      reasons: last.result.kind === 'refused' ? last.result.reasons : [],
    },
    overrides,
    unenforced,
  };
}

function viewObjectives({ resources, startedWallMs }: AdminParts): readonly ObjectiveView[] {
  return resources.objectives.list().map(({ objective, total, bad }) => {
    const { name, withinMs, target, windowMs } = objective;
    const share = total === 0 ? undefined : bad / total;
    const burn = share === undefined ? undefined : share / (1 - target);
    const covered = Math.min(1, (resources.clock.wallMs() - startedWallMs) / windowMs);
    return {
      name,
      withinMs,
      target,
      windowMs,
      total,
      bad,
      good: share === undefined ? undefined : 1 - share,
      burn,
      spent: burn === undefined ? undefined : burn * covered,
    };
  });
}

function viewLimits(
  series: readonly { readonly labels: Readonly<Record<'policy' | 'result', string>>; readonly value: number }[],
  names: readonly string[],
): readonly LimitView[] {
  const count = (name: string, result: string): number =>
    series
      .filter(({ labels }) => labels.policy === name && labels.result === result)
      .reduce((sum, { value }) => sum + value, 0);
  return names.map((name) => ({ name, admitted: count(name, 'admitted'), refused: count(name, 'refused') }));
}
