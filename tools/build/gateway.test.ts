/** The gateway as it is shipped: what is loaded lazily must still be there in a bundle. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { startGatewayProcess } from '../../runtime/testing/gateway-process.ts';
import { startCollector } from '../../runtime/testing/otlp-collector.ts';
import { testPolicy } from '../../runtime/testing/policy.ts';
import { within } from '../../runtime/testing/servers.ts';
import { ESM_OPTIONS } from './options.ts';

describe('the bundle of the gateway', (it) => {
  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    it(
      `sends spans and pushes metrics :: ${protocol}`,
      within(120_000, async (later) => {
        const outdir = mkdtempSync(join(tmpdir(), 'seaworthy-bundle-'));
        later(async () => rmSync(outdir, { recursive: true, force: true }));
        await build({ ...ESM_OPTIONS, entryPoints: { gateway: 'runtime/main.ts' }, outdir });
        const collector = await startCollector(protocol, later);
        const policy = testPolicy();
        const endpoint = { serviceName: 'edge', endpointEnv: 'COLLECTOR', protocol };
        const telemetry = {
          ...policy.telemetry,
          metrics: false,
          traces: { ...endpoint, sampleRatio: 1, enabled: true },
          otlpMetrics: { ...endpoint, intervalMs: 600_000 },
        };
        const gateway = await startGatewayProcess({ ...policy, telemetry }, later, { COLLECTOR: collector.url }, [
          join(outdir, 'gateway.mjs'),
        ]);
        await fetch(`${gateway.url}/nothing`);
        gateway.child.kill('SIGTERM');
        assert.equal(await gateway.exited, 0);
        assert.equal(collector.spans.length, 1);
        assert.ok(collector.series.some(({ name }) => name === 'http_server_request_duration_seconds'));
      }),
    );
  }
});
