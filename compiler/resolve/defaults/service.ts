/** Defaults of services: how they run, live and end. */
import type { Default } from './default.ts';

export const SERVICE_DEFAULTS = {
  'cpu-limit': {
    value: 'twice the request',
    field: 'Service.spec.resources.limits.cpu',
    reason: 'Room for start-up and short peaks without taking the node.',
  },
  'ephemeral-storage': {
    value: '1Gi',
    field: 'Service.spec.resources.ephemeralStorage',
    reason: 'Scratch files are bounded, so one pod cannot fill the node.',
  },
  'gateway-keep-alive': {
    value: '65s',
    field: 'Service.spec.keepAliveTimeout',
    reason:
      'Of a gateway: above the 60 s after which common balancers close a connection. Google keeps them for 600 s.',
  },
  'service-keep-alive': {
    value: '2s',
    field: 'Service.spec.keepAliveTimeout',
    reason:
      'The shortest of common servers (Gunicorn); Node.js and Uvicorn keep 5 s. Too short costs a handshake, too long a 502.',
  },
  'service-host': {
    value: 'own',
    field: 'Service.spec.host',
    reason: 'No client decides which site of a shared server it is served by; the public name is in X-Forwarded-Host.',
  },
  gid: { value: 'uid', field: 'Service.spec.security.gid', reason: 'A group of its own, like the user.' },
  grace: {
    value: 'preStop + drain + 5s',
    field: 'Service.spec.shutdown.grace',
    reason: 'The clock starts before preStop; five seconds are left to flush logs and close connections.',
  },
  instances: {
    value: 1,
    field: 'Service.spec.process.instances',
    reason: 'One process unless the spec asks for more.',
  },
  'job-deadline': {
    value: '30m',
    field: 'Service.spec.jobs[].deadline',
    reason: 'A job that hangs is ended and reported, before it meets its next run.',
  },
  'memory-limit': {
    value: 'the request',
    field: 'Service.spec.resources.limits.memory',
    reason: 'Memory cannot be taken back, so promising more than is reserved kills neighbours.',
  },
  'pre-stop': {
    value: '5s',
    field: 'Service.spec.shutdown.preStop',
    reason:
      'Endpoints are removed at the same time as the stop signal is sent; load balancers need a moment to notice.',
  },
  drain: { value: '30s', field: 'Service.spec.shutdown.drain', reason: 'As long as the longest ordinary request.' },
  'probe-failures': {
    value: 3,
    field: 'Service.spec.probes.failures',
    reason: 'One slow answer must not restart a process.',
  },
  'probe-liveness': { value: '/health', field: 'Service.spec.probes.liveness', reason: 'The usual path.' },
  'probe-scheme': {
    value: 'http, https on a port that the runtime encrypts',
    field: 'Service.spec.probes.scheme',
    reason: 'A probe speaks what the port speaks.',
  },
  'probe-port': {
    value: 'the port, that of the metrics for a gateway with TLS',
    field: 'Service.spec.probes.port',
    reason: 'The kubelet has no certificate to show, and the port of the metrics asks for none.',
  },
  'probe-period': {
    value: '10s',
    field: 'Service.spec.probes.period',
    reason: 'A dead replica is found within half a minute.',
  },
  'probe-readiness': {
    value: '/ready',
    field: 'Service.spec.probes.readiness',
    reason: 'Not the liveness path: not ready is no reason to restart.',
  },
  'probe-start-within': {
    value: '60s',
    field: 'Service.spec.probes.startWithin',
    reason: 'Most services start much faster; a slow one is not killed half-way.',
  },
  'probe-timeout': {
    value: '2s',
    field: 'Service.spec.probes.timeout',
    reason: 'A health answer that takes longer is no health.',
  },
  'read-only-root': {
    value: true,
    field: 'Service.spec.security.readOnlyRootFilesystem',
    reason: 'An intruder cannot change the program.',
  },
  required: {
    value: true,
    field: 'Service.spec.uses[].required',
    reason: 'A dependency is needed unless somebody made the service do without.',
  },
  role: { value: 'app', field: 'Service.spec.role', reason: 'Most services answer requests.' },
  'scale-max': {
    value: 'min',
    field: 'Service.spec.scale.max',
    reason: 'The number is fixed unless the spec allows more.',
  },
  'scale-min': { value: 2, field: 'Service.spec.scale.min', reason: 'One replica can leave while the other serves.' },
  'scale-cpu': {
    value: '70%',
    field: 'Service.spec.scale.on.cpu',
    reason: 'Leaves room for the minute until new replicas are ready.',
  },
  tier: { value: 2, field: 'Service.metadata.tier', reason: 'Neither the most important nor the least.' },
  uid: {
    value: 10001,
    field: 'Service.spec.security.uid',
    reason: 'Above every user of the host, so a break-out is nobody.',
  },
  workers: {
    value: 1,
    field: 'Service.spec.workers',
    reason: 'One process for each replica keeps state and metrics simple.',
  },
  'writable-size': {
    value: '64Mi',
    field: 'Service.spec.security.writable[].size',
    reason: 'Room for temporary files, bounded.',
  },
} as const satisfies Readonly<Record<string, Default>>;
