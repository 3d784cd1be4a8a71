/**
 * The typed objects of Kubernetes 1.27 that we emit, from cdk8s-plus.
 *
 * The one place that imports them: the module has thousands of names, and a bundler copies all of them for every file that imports it.
 */
export type {
  Container,
  CronJobSpec,
  DeploymentSpec,
  EnvVar,
  JobSpec,
  KubeNetworkPolicyProps,
  MetricSpecV2,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  PodSecurityContext,
  PodSpec,
  Probe,
  ResourceRequirements,
  SecurityContext,
  TopologySpreadConstraint,
  Volume,
  VolumeMount,
} from 'cdk8s-plus-27/lib/imports/k8s.js';
export {
  IntOrString,
  KubeConfigMap,
  KubeCronJob,
  KubeDeployment,
  KubeHorizontalPodAutoscalerV2,
  KubeIngress,
  KubeJob,
  KubeNamespace,
  KubeNetworkPolicy,
  KubePersistentVolumeClaim,
  KubePodDisruptionBudget,
  KubeService,
  KubeServiceAccount,
  KubeStatefulSet,
  Quantity,
} from 'cdk8s-plus-27/lib/imports/k8s.js';
