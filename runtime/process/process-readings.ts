/** Readings of this process for the gauges. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface ProcessReadings {
  /** Since the last call. */
  eventLoopDelayP99Seconds(): number;
  cpuSeconds(): number;
}

export function readProcess(): ProcessReadings {
  const resolution = 10;
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  return {
    eventLoopDelayP99Seconds() {
      // The histogram holds the sampling interval too: what is above it is the delay.
      const seconds = Math.max(0, delay.percentile(99) / 1e9 - resolution / 1000);
      delay.reset();
      return Number.isFinite(seconds) ? seconds : 0;
    },
    cpuSeconds() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  };
}
