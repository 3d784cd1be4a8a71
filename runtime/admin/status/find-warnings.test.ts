import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { testPolicy, testRoute } from '../../testing/policy.ts';
import { judgeReadiness } from '../scorecard.ts';
import { findWarnings } from './find-warnings.ts';
import { formatCount, formatDuration, formatFactor, formatShare } from './format.ts';
import { html } from './html.ts';
import type { BackupView, ObjectiveView, PolicyView, StatusView } from './status-view.ts';

const NOW = 1_000_000_000_000;
const DIGEST = 'a'.repeat(64);

const policy: PolicyView = {
  digest: DIGEST,
  fileDigest: DIGEST,
  expectedDigest: DIGEST,
  lastReload: { atMs: NOW, result: 'reloaded', reasons: [] },
  overrides: [],
  unenforced: [],
};
const objective: ObjectiveView = {
  name: 'o',
  withinMs: undefined,
  target: 0.99,
  windowMs: 1_000_000,
  total: 100,
  bad: 0,
  good: 1,
  burn: 0,
  spent: 0,
};
const backup: BackupView = {
  datastore: 'd',
  rpoMs: 60_000,
  drillEveryMs: 120_000,
  lastGoodBackupMs: NOW - 60_000,
  lastGoodDrillMs: NOW - 120_000,
  lastBackupFailed: false,
  lastDrillFailed: false,
};
const breaker: StatusView['breakers'][number] = {
  kind: 'upstream',
  name: 'u',
  state: 'closed',
  forced: undefined,
  forMs: 61_000,
  calls: 0,
  failures: 0,
  consecutiveFailures: 0,
  probesInFlight: 0,
  retryInMs: 0,
  refused: 0,
};

/** Just well: every figure at its bound. */
const well: StatusView = {
  system: 's',
  environment: 'e',
  stage: 'production',
  version: '1',
  nowMs: NOW,
  startedMs: NOW - 1_000,
  readiness: 'ready',
  dependencies: [{ name: 'db', required: true, up: true }],
  activeRequests: 0,
  objectives: [{ ...objective, burn: 1 }],
  limits: [{ name: 'l', admitted: 91, refused: 9 }],
  breakers: [breaker],
  pools: [{ name: 'p', configured: 3, size: 3, inUse: 3, waiting: 0 }],
  caches: [],
  queues: [{ name: 'q', reading: { length: 3, pending: 1, oldestPendingMs: 9, consumers: 1, dead: 0 } }],
  backups: [backup],
  isPersistent: true,
  policy,
};

const CASES: Readonly<Record<string, readonly [Partial<StatusView>, 'warn' | 'bad', string]>> = {
  'a needed dependency': [
    { dependencies: [{ name: 'db', required: true, up: false }] },
    'bad',
    'db is away: this replica takes no traffic.',
  ],
  'a dependency that is not needed': [
    { dependencies: [{ name: 'db', required: false, up: false }] },
    'warn',
    'db is away.',
  ],
  'a replica that drains': [{ readiness: 'draining' }, 'warn', 'This replica is draining.'],
  'a budget that burns': [
    { objectives: [{ ...objective, good: 0.98, burn: 2 }] },
    'warn',
    'o: 98 % good, target 99 %; the error budget burns 2× too fast.',
  ],
  'a budget that burns fast': [
    { objectives: [{ ...objective, good: 0.8, burn: 20 }] },
    'bad',
    'o: 80 % good, target 99 %; the error budget burns 20× too fast.',
  ],
  'an open breaker': [
    { breakers: [{ ...breaker, state: 'open' }] },
    'bad',
    'The breaker of upstream u has been open for 1 min 1 s.',
  ],
  'a breaker that is held': [
    { breakers: [{ ...breaker, forced: 'closed' }] },
    'warn',
    'The breaker of upstream u has been closed for 1 min 1 s, held by an operator.',
  ],
  'a pool with waiting calls': [
    { pools: [{ name: 'p', configured: 3, size: 3, inUse: 3, waiting: 1 }] },
    'warn',
    '1 call waits for a place of the pool p.',
  ],
  'a throttled pool': [
    { pools: [{ name: 'p', configured: 3, size: 2, inUse: 0, waiting: 0 }] },
    'warn',
    'The pool p is throttled to 2 of 3 calls at once.',
  ],
  'a limit that refuses': [
    { limits: [{ name: 'l', admitted: 90, refused: 10 }] },
    'warn',
    'l refused 10 % of its requests.',
  ],
  'a queue that cannot be measured': [
    { queues: [{ name: 'q', reading: undefined }] },
    'warn',
    'The queue q cannot be measured: its Redis does not answer.',
  ],
  'jobs that were set aside': [
    { queues: [{ name: 'q', reading: { length: 0, pending: 0, oldestPendingMs: 0, consumers: 1, dead: 2 } }] },
    'warn',
    '2 jobs of the queue q failed too often and were set aside.',
  ],
  'work that nobody takes': [
    { queues: [{ name: 'q', reading: { length: 1, pending: 0, oldestPendingMs: 0, consumers: 0, dead: 0 } }] },
    'warn',
    '1 entry of the queue q and no consumer.',
  ],
  'a late backup': [
    { backups: [{ ...backup, lastGoodBackupMs: NOW - 61_000 }] },
    'bad',
    'The last good backup of d is 1 min 1 s old; 1 min is allowed.',
  ],
  'no backup at all': [
    { backups: [{ ...backup, lastGoodBackupMs: undefined }] },
    'bad',
    'No good backup of d was ever reported.',
  ],
  'a failed backup': [{ backups: [{ ...backup, lastBackupFailed: true }] }, 'warn', 'The last backup of d failed.'],
  'a late rehearsal': [
    { backups: [{ ...backup, lastGoodDrillMs: NOW - 120_001 }] },
    'warn',
    'The rehearsed restore of d is overdue.',
  ],
  'a refused reload': [
    { policy: { ...policy, fileDigest: 'b', lastReload: { atMs: NOW, result: 'refused', reasons: [] } } },
    'bad',
    'The last reload was refused: an older policy is in force.',
  ],
  'another file': [
    { policy: { ...policy, fileDigest: 'b' } },
    'warn',
    'The policy file differs from the policy in force.',
  ],
  'another policy than expected': [
    { policy: { ...policy, expectedDigest: 'b' } },
    'bad',
    'The policy in force is not the one that this deployment expects.',
  ],
  'what is not enforced': [
    { policy: { ...policy, unenforced: [{ feature: 'f', count: 1, instead: '' }] } },
    'warn',
    'Declared and not enforced by this release: f.',
  ],
};

describe('attention', (it) => {
  it('finds nothing where every figure is just within its bound', () => deepEqual(findWarnings(well), []));

  it('says nothing of an objective or a limit with few requests', () => {
    const few = { ...objective, total: 19, burn: 50, good: 0.5 };
    deepEqual(findWarnings({ ...well, objectives: [few], limits: [{ name: 'l', admitted: 0, refused: 19 }] }), []);
  });

  for (const [name, [change, level, text]] of Object.entries(CASES)) {
    it(`finds ${name}`, () => {
      const found = findWarnings({ ...well, ...change });
      deepEqual(
        found.map((attention) => [attention.level, attention.text]),
        [[level, text]],
      );
    });
  }
});

describe('scorecard', (it) => {
  const facts = { hasAdministrator: true, database: 'postgresql' } as const;
  const good = testPolicy({ stage: 'production', routes: [testRoute({ limits: ['l'] })] });
  const failing = (...parts: Parameters<typeof judgeReadiness>): readonly string[] =>
    judgeReadiness(...parts)
      .items.filter(({ result }) => result !== 'holds')
      .map(({ id, result }) => `${id} ${result}`);

  it('holds for a replica that is ready, and counts its claims', () => {
    const card = judgeReadiness(good, well, facts);
    deepEqual(failing(good, well, facts), []);
    equal(card.holds, card.judged);
    equal(card.judged, card.items.length);
  });

  it('names what fails, and does not judge what cannot be known', () => {
    deepEqual(
      failing(testPolicy({ trust: { proxyCidrs: ['0.0.0.0/0'] } }), well, { ...facts, hasAdministrator: false }),
      ['limits/all-routes fails', 'trust/bounded fails', 'admin/present fails', 'storage/server unknown'],
    );
    deepEqual(
      failing(good, { ...well, policy: { ...policy, expectedDigest: undefined } }, { ...facts, database: 'embedded' }),
      ['policy/expected unknown', 'storage/server fails'],
    );
  });
});

describe('figures and markup of the status', (it) => {
  it('formats durations, shares, factors and counts', () => {
    deepEqual([0, 999, 1_000, 61_000, 3_600_000, 90_061_000].map(formatDuration), [
      '0 ms',
      '999 ms',
      '1 s',
      '1 min 1 s',
      '1 h',
      '1 d 1 h',
    ]);
    deepEqual([1, 0.99999, 0.9994, 0.5, 0.00123, 0].map(formatShare), [
      '100 %',
      '99.999 %',
      '99.94 %',
      '50 %',
      '0.12 %',
      '0 %',
    ]);
    deepEqual([0, 3.21, 14.4].map(formatFactor), ['0×', '3.2×', '14×']);
    equal(formatCount(1_234_567), '1 234 567');
  });

  it('escapes every value, also in attributes, and leaves markup that is ours', () => {
    const inner = html`<b>${'<i> & "q" \'s\''}</b>`;
    equal(html`<a title="${'"><script>'}">${[inner, inner]}${undefined}${3}</a>`.html.includes('<script>'), false);
    equal(inner.html, '<b>&lt;i&gt; &amp; &quot;q&quot; &#39;s&#39;</b>');
  });
});
