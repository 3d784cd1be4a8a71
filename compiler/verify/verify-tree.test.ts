import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { requireTool } from '../testing/real-tools.ts';
import { describe } from '../testing/suite.ts';
import { diskHost } from '../writer/host.ts';
import { scanTree } from '../writer/scan-tree.ts';
import { findProgram, judgeByStatus, runProgram } from './tool.ts';
import { verifyTree } from './verify-tree.ts';

const RULES = 'groups: [{ name: a, rules: [{ alert: Down, expr: up == 0 }] }]\n';
const TEST = `rule_files: [../rules/a.yaml]
tests:
  - interval: 1m
    input_series: [{ series: up, values: '0 0' }]
    alert_rule_test: [{ eval_time: 1m, alertname: Down, exp_alerts: [{}] }]
`;
const NGINX = `events {
    worker_connections 64;
}
http {
    include conf.d/api.example.com.conf;
}
`;
const SERVER = `server {
    listen 443 ssl;
    server_name api.example.com;
    ssl_certificate /etc/letsencrypt/api.pem;
    ssl_certificate_key /etc/letsencrypt/api.key;
}
`;

describe('verifyTree', (it) => {
  it('tells rules that promtool accepts from those it refuses', async () => {
    requireTool('promtool');
    const good = { 'prometheus/rules/a.yaml': RULES, 'prometheus/tests/a.yaml': TEST };
    assert.deepEqual(await verdicts(good), { 'prometheus/rules': true, 'prometheus/tests': true });
    const bad = { 'prometheus/rules/a.yaml': RULES.replace('up == 0', 'up == )'), 'prometheus/tests/a.yaml': TEST };
    assert.deepEqual(await verdicts(bad), { 'prometheus/rules': false, 'prometheus/tests': false });
    const silent = { ...good, 'prometheus/tests/a.yaml': TEST.replace('0 0', '1 1') };
    assert.deepEqual(await verdicts(silent), { 'prometheus/rules': true, 'prometheus/tests': false });
  });

  it('tells an Alertmanager configuration that loads from one that does not', async () => {
    requireTool('amtool');
    const good = 'route: { receiver: team }\nreceivers: [{ name: team }]\n';
    assert.deepEqual(await verdicts({ 'alertmanager/alertmanager.yml': good }), { alertmanager: true });
    const bad = good.replace('receiver: team', 'receiver: nobody');
    assert.deepEqual(await verdicts({ 'alertmanager/alertmanager.yml': bad }), { alertmanager: false });
  });

  it('tests an nginx folder without its certificates and on a privileged port', async () => {
    requireTool('nginx');
    const good = { 'nginx/nginx.conf': NGINX, 'nginx/conf.d/api.example.com.conf': SERVER };
    assert.deepEqual(await verdicts(good), { nginx: true });
    const bad = { ...good, 'nginx/conf.d/api.example.com.conf': SERVER.replace('server_name', 'server_nmae') };
    const { results } = await verify(bad);
    assert.equal(results[0]?.problems[0]?.kind, 'refused');
    assert.match(
      results[0]?.problems[0]?.output ?? '',
      /unknown directive "server_nmae" in nginx\/conf\.d\/api\.example\.com\.conf:3/,
    );
  });

  it('says what could not be run, and only where there is something to look at', async () => {
    const { results, missing } = await verify(
      { 'prometheus/rules/a.yaml': RULES, 'grafana/a.json': '{}' },
      () => undefined,
    );
    assert.deepEqual(results, []);
    assert.deepEqual(
      missing.map(({ tool, subjects }) => [tool, subjects]),
      [['promtool', 1]],
    );
  });
});

describe('runProgram', (it) => {
  it('has refused when the program says so, and judged nothing when it cannot be started or is killed', async () => {
    const judge = async (program: string, ...args: readonly string[]) =>
      judgeByStatus(await runProgram(program, args, tmpdir())).map(({ kind }) => kind);
    assert.deepEqual(await judge(process.execPath, '-e', 'console.log(1)'), []);
    assert.deepEqual(await judge(process.execPath, '-e', 'console.error(2); process.exit(3)'), ['refused']);
    assert.deepEqual(await judge(process.execPath, '-e', 'process.kill(process.pid, "SIGKILL")'), ['unjudged']);
    assert.deepEqual(await judge('/no/such/program'), ['unjudged']);
  });

  it('finds no program that does not exist', () => {
    assert.equal(findProgram('no-such-program-anywhere'), undefined);
  });
});

type Files = Readonly<Record<string, string>>;

async function verdicts(files: Files): Promise<Readonly<Record<string, boolean>>> {
  const { results } = await verify(files);
  return Object.fromEntries(
    results.map(({ subject, problems }) => [subject.replace('shop/staging/', ''), problems.length === 0]),
  );
}

async function verify(files: Files, find = findProgram): ReturnType<typeof verifyTree> {
  const root = mkdtempSync(join(tmpdir(), 'seaworthy-verify-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      const target = join(root, 'shop/staging', path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
    return await verifyTree(root, scanTree(diskHost, root).environments, { schemaLocations: [] }, find);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
