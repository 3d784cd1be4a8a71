/**
 * The specs of the five systems, each with one line that a careless hand might write: the compiler finds it. As they are, they are clean.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { findingsOf, type SpecEdit, SYSTEMS, type SystemName } from '../testing/compiled-system.ts';
import { describe } from '../testing/suite.ts';

/** The codes that the compiler finds after edits. */
const codesOf = (system: SystemName, ...edits: readonly SpecEdit[]): readonly string[] => [
  ...new Set(findingsOf(system, ...edits).map(({ code }) => code)),
];

describe('the specs of the five systems', (it) => {
  it('are clean as they are', () => {
    for (const system of SYSTEMS) deepEqual(findingsOf(system), []);
  });

  it('[SIQ-012] SentientIQ may not keep a silent stream alive later than a proxy ends it', () => {
    const file = 'services/orchestrator-api.yaml';
    deepEqual(codesOf('sentientiq', { file, from: 'keepAlive: 15s', to: 'keepAlive: 1h' }), ['SW-430']);
  });

  it('[INT-078] the Intent engine may not ping a socket later than a proxy ends it', () => {
    const file = 'services/api.yaml';
    deepEqual(codesOf('intent-engine', { file, from: 'keepAlive: 15s', to: 'keepAlive: 1h' }), ['SW-430']);
  });

  it('[SIQ-039] [SIQ-040] SentientIQ may not list a development server in production', () => {
    const file = 'environments/production.yaml';
    const from = '    - https://sentientiq.ai\n';
    for (const origin of ['http://localhost:5173', 'http://localhost:8888'])
      equal(codesOf('sentientiq', { file, from, to: `${from}    - ${origin}\n` }).length, 1, origin);
  });

  it('[INT-016] the Intent engine may not allow every origin', () => {
    const file = 'environments/production.yaml';
    deepEqual(codesOf('intent-engine', { file, from: '    - https://app.example.com\n', to: '    - "*"\n' }), [
      'SW-402',
    ]);
  });

  it('[INT-048] the Intent engine may not leave out what its API may use', () => {
    const file = 'services/api.yaml';
    deepEqual(codesOf('intent-engine', { file, from: '  resources: { cpu: "1", memory: 2Gi }\n', to: '' }), ['SW-415']);
  });

  it('[SIQ-070] SentientIQ may not bound its callers one by one only', () => {
    const file = 'services/orchestrator-api.yaml';
    const bound = '      maxConcurrent: 200 # at once, beside the connections of everything else\n';
    const limits = 'rateLimits: [boardroom, boardroom-total]';
    deepEqual(
      codesOf(
        'sentientiq',
        { file, from: bound, to: '' },
        { file, from: limits, to: 'rateLimits: [boardroom]' },
        { file: 'system.yaml', from: '    - { zone: boardroom-total, per: global, rate: 5/s }\n', to: '' },
      ),
      ['SW-437'],
    );
  });

  it('[SIM-030] Sim-Corp may not open more connections than its PostgreSQL takes', () => {
    const file = 'services/ingestion.yaml';
    deepEqual(codesOf('sim-corp', { file, from: '{ use: postgresql, pool: 5,', to: '{ use: postgresql, pool: 90,' }), [
      'SW-409',
    ]);
  });

  it('[SEN-158] Sentinel may not run a second process over its sled store', () => {
    const file = 'services/backend.yaml';
    deepEqual(codesOf('sentinel', { file, from: 'scale: { min: 1, max: 1 }', to: 'scale: { min: 2, max: 2 }' }), [
      'SW-414',
    ]);
  });

  it('[JAM-093] Jamey may not want a container again', () => {
    const file = 'system.yaml';
    const codes = codesOf('jamey', { file, from: '      - systemd\n', to: '      - systemd\n      - kubernetes\n' });
    // A container asks for resources and probes, and its edge for certificates, besides.
    ok(codes.includes('SW-415') && codes.includes('SW-411'), codes.join());
  });

  it('[SIQ-003] SentientIQ may not give Groq and xAI, who share a pool, two sizes', () => {
    const file = 'environments/production.yaml';
    const from = '  publicPorts: [443]\n';
    const to = `${from}  providers:\n    xai: { pool: { maxConcurrent: 20 } }\n`;
    deepEqual(codesOf('sentientiq', { file, from, to }), ['SW-480']);
  });

  it('[JAM-035] Jamey may not count its limits in the memory of two gateways', () => {
    const file = 'services/gateway.yaml';
    const to = '{ manager: systemd, instances: 2, instancePorts: [8080, 8081] }';
    const codes = codesOf('jamey', { file, from: '{ manager: systemd }', to });
    ok(codes.includes('SW-429'), codes.join());
  });

  it('[SIM-162] Sim-Corp may not run two processes over a SQLite file', () => {
    const file = 'datastores/archive.yaml';
    const from = '  engine: object-storage\n  placement: external\n';
    const to = '  engine: sqlite\n  placement: embedded\n  embeddedIn: company-kernel\n';
    const codes = codesOf('sim-corp', { file, from, to });
    ok(codes.includes('SW-414'), codes.join());
  });

  it('[SIM-070] Sim-Corp may not promise to wake somebody sooner than its rules can :: from scrape to group_wait', () => {
    const file = 'system.yaml';
    deepEqual(codesOf('sim-corp', { file, from: 'alertWithin: 5m', to: 'alertWithin: 2m' }), ['SW-471']);
  });
});
