/**
 * The checks in the order they run: one line each.
 *
 * To add one, add its folder and its line; a test checks that the two agree.
 */
import type { Check } from './check.ts';
import { connectionsWithinLimit } from './data/connections-within-limit/check.ts';
import { embeddedHasVolume } from './data/embedded-has-volume/check.ts';
import { hasBackup } from './data/has-backup/check.ts';
import { retentionCoversRpo } from './data/retention-covers-rpo/check.ts';
import { rpoWithinBackupInterval } from './data/rpo-within-backup-interval/check.ts';
import { singleWriter } from './data/single-writer/check.ts';
import { toolsNotOlderThanServer } from './data/tools-not-older-than-server/check.ts';
import { argocdHasRepository } from './delivery/argocd-has-repository/check.ts';
import { namespaceIsItsOwn } from './delivery/namespace-is-its-own/check.ts';
import { namespaceIsNotShared } from './delivery/namespace-is-not-shared/check.ts';
import { secretsAreApart } from './delivery/secrets-are-apart/check.ts';
import { secretsHaveAStore } from './delivery/secrets-have-a-store/check.ts';
import { certificateHasIssuer } from './edge/certificate-has-issuer/check.ts';
import { corsSaysWhatBrowsersDo } from './edge/cors-says-what-browsers-do/check.ts';
import { credentialsNeedOrigins } from './edge/credentials-need-origins/check.ts';
import { fitsItsKind } from './edge/fits-its-kind/check.ts';
import { hasDomain } from './edge/has-domain/check.ts';
import { noDevelopmentOrigin } from './edge/no-development-origin/check.ts';
import { noWildcardOrigin } from './edge/no-wildcard-origin/check.ts';
import { trustsItsProxy } from './edge/trusts-its-proxy/check.ts';
import { keysHaveAStore } from './identity/keys-have-a-store/check.ts';
import { noDevelopmentTenant } from './identity/no-development-tenant/check.ts';
import { noLiteralSecret } from './identity/no-literal-secret/check.ts';
import { signaturesHaveSecrets } from './identity/signatures-have-secrets/check.ts';
import { boundedTogether } from './limits/bounded-together/check.ts';
import { burstWithinCeiling } from './limits/burst-within-ceiling/check.ts';
import { costWithinBurst } from './limits/cost-within-burst/check.ts';
import { figuresFit } from './limits/figures-fit/check.ts';
import { keptBySomebody } from './limits/kept-by-somebody/check.ts';
import { knownVariants } from './limits/known-variants/check.ts';
import { openWriteIsLimited } from './limits/open-write-is-limited/check.ts';
import { peakWithinLimits } from './limits/peak-within-limits/check.ts';
import { sharedOverReplicas } from './limits/shared-over-replicas/check.ts';
import { keepAliveLeavesTime } from './network/keep-alive-leaves-time/check.ts';
import { noPortClash } from './network/no-port-clash/check.ts';
import { alertCanFire } from './observability/alert-can-fire/check.ts';
import { alertsInTime } from './observability/alerts-in-time/check.ts';
import { hasHttpMetrics } from './observability/has-http-metrics/check.ts';
import { knownMetric } from './observability/known-metric/check.ts';

import { windowHoldsSamples } from './observability/window-holds-samples/check.ts';
import { oneSizePerPool } from './providers/one-size-per-pool/check.ts';

import { rateWithinPool } from './providers/rate-within-pool/check.ts';
import { throttleHasPool } from './providers/throttle-has-pool/check.ts';
import { cachedWithoutCredentials } from './routes/cached-without-credentials/check.ts';
import { fieldsFitKind } from './routes/fields-fit-kind/check.ts';
import { keptAliveInTime } from './routes/kept-alive-in-time/check.ts';
import { routesKeptBySomebody } from './routes/kept-by-somebody/check.ts';
import { noOverlap } from './routes/no-overlap/check.ts';
import { noShadowedRoute } from './routes/no-shadowed-route/check.ts';
import { oneVoiceOnAPath } from './routes/one-voice-on-a-path/check.ts';
import { streamsHaveConnections } from './routes/streams-have-connections/check.ts';
import { availabilityHasSpare } from './slo/availability-has-spare/check.ts';
import { objectiveIsReachable } from './slo/objective-is-reachable/check.ts';
import { windowWithinRetention } from './slo/window-within-retention/check.ts';
import { withinFitsRoute } from './slo/within-fits-route/check.ts';
import { imageHasDigest } from './supply/image-has-digest/check.ts';
import { keptByNothing } from './system/kept-by-nothing/check.ts';
import { noForbiddenTarget } from './system/no-forbidden-target/check.ts';
import { runtimeHasGateway } from './system/runtime-has-gateway/check.ts';
import { certificatesAreThere } from './workload/certificates-are-there/check.ts';
import { drainCoversClosing } from './workload/drain-covers-closing/check.ts';
import { fitsKubernetes } from './workload/fits-kubernetes/check.ts';
import { gatewayHasItsVariables } from './workload/gateway-has-its-variables/check.ts';
import { graceCoversShutdown } from './workload/grace-covers-shutdown/check.ts';
import { kubernetesAnswers } from './workload/kubernetes-answers/check.ts';
import { mountsAreApart } from './workload/mounts-are-apart/check.ts';
import { probesCanAsk } from './workload/probes-can-ask/check.ts';
import { storeAnswers } from './workload/store-answers/check.ts';
import { storeFits } from './workload/store-fits/check.ts';
import { uidAboveHosts } from './workload/uid-above-hosts/check.ts';
import { variablesAreClear } from './workload/variables-are-clear/check.ts';

export const CHECKS: readonly Check[] = [
  connectionsWithinLimit,
  embeddedHasVolume,
  hasBackup,
  retentionCoversRpo,
  rpoWithinBackupInterval,
  singleWriter,
  toolsNotOlderThanServer,
  argocdHasRepository,
  corsSaysWhatBrowsersDo,
  credentialsNeedOrigins,
  namespaceIsItsOwn,
  namespaceIsNotShared,
  secretsAreApart,
  secretsHaveAStore,
  certificateHasIssuer,
  fitsItsKind,
  hasDomain,
  noDevelopmentOrigin,
  noWildcardOrigin,
  trustsItsProxy,
  keysHaveAStore,
  noDevelopmentTenant,
  noLiteralSecret,
  signaturesHaveSecrets,
  boundedTogether,
  burstWithinCeiling,
  costWithinBurst,
  figuresFit,
  keptBySomebody,
  knownVariants,
  openWriteIsLimited,
  peakWithinLimits,
  sharedOverReplicas,
  noPortClash,
  keepAliveLeavesTime,
  hasHttpMetrics,
  knownMetric,
  alertCanFire,
  windowHoldsSamples,
  alertsInTime,
  rateWithinPool,
  throttleHasPool,
  fieldsFitKind,
  routesKeptBySomebody,
  oneSizePerPool,
  keptAliveInTime,
  cachedWithoutCredentials,
  streamsHaveConnections,
  noOverlap,
  noShadowedRoute,
  oneVoiceOnAPath,
  objectiveIsReachable,
  windowWithinRetention,
  withinFitsRoute,
  availabilityHasSpare,
  imageHasDigest,
  noForbiddenTarget,
  runtimeHasGateway,
  fitsKubernetes,
  certificatesAreThere,
  gatewayHasItsVariables,
  keptByNothing,
  graceCoversShutdown,
  drainCoversClosing,
  kubernetesAnswers,
  mountsAreApart,
  probesCanAsk,
  storeAnswers,
  storeFits,
  uidAboveHosts,
  variablesAreClear,
];
