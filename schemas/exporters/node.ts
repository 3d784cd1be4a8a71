/**
 * node_exporter with its default collectors (cpu, filesystem, loadavg, meminfo).
 * Source: github.com/prometheus/node_exporter, README, "Enabled by default", and collector/*.go.
 */
import type { Exporter } from './exporter.ts';

const FILESYSTEM = ['device', 'fstype', 'mountpoint'] as const;

export const node = {
  name: 'node',
  title: 'node_exporter',
  metrics: {
    node_cpu_seconds_total: { type: 'counter', help: 'Processor time by mode.', labels: ['cpu', 'mode'] },
    node_load1: { type: 'gauge', help: 'Processes that run or wait, over a minute.', labels: [] },
    node_memory_MemTotal_bytes: { type: 'gauge', help: 'Memory of the host.', labels: [] },
    node_memory_MemAvailable_bytes: { type: 'gauge', help: 'Memory that programs could still get.', labels: [] },
    node_filesystem_size_bytes: { type: 'gauge', help: 'Size of a file system.', labels: FILESYSTEM },
    node_filesystem_avail_bytes: { type: 'gauge', help: 'Space that programs could still get.', labels: FILESYSTEM },
    node_filesystem_readonly: { type: 'gauge', help: 'Whether a file system is read-only.', labels: FILESYSTEM },
  },
} as const satisfies Exporter;
