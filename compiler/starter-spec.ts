/**
 * The files of `seaworthy init`.
 *
 * Owns the texts. They are complete, every line says why it is there, and they compile at once; what only the user can know is undecided.
 */

/** Texts by path within the system's folder. */
export const starterSpec = (system: string): Readonly<Record<string, string>> => ({
  'system.yaml': `# The system: what it is compiled into. \`seaworthy explain System.spec\` lists what else can be said.
apiVersion: seaworthy.dev/v1alpha1
kind: System
metadata:
  name: ${system}
  owner: platform # the team that answers for it
spec:
  title: ${system}
  targets:
    # What is generated. Also: argocd (needs \`repository\` below), nginx.
    wanted: [grafana, kubernetes, prometheus, runtime]
  # repository: # where Argo CD finds the generated tree
  #   url: https://git.example.com/${system}.git
`,
  'services/api.yaml': `# A service: how it runs, what it offers, what it promises.
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata:
  name: api
  system: ${system}
  tier: 2 # 1 is the most important; decides how loud its alerts are
spec:
  image: registry.example.com/${system}/api:1.0.0
  port: 3000
  resources: { cpu: 250m, memory: 256Mi }
  scale: { min: 2, max: 6, on: { cpu: 70% } }
  routes:
    - path: /v1/hello
      methods: [GET]
      auth: none # or api-key, which is the default
      rateLimit: { per: client, rate: 10/s, burst: 20 }
      timeout: 2s
  objectives:
    - availability: 99.9% # pages when the error budget burns too fast
    - latency: { route: /v1/hello, within: 250ms, for: 99% }

# What nobody can know yet. It is reported until it is decided, instead of being guessed.
undecided:
  - field: image
    why: The digest (...:1.0.0@sha256:...) comes with the first release.
`,
  'services/gateway.yaml': `# The Seaworthy runtime in front of the services: it enforces limits, keys, CORS and deadlines.
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata:
  name: gateway
  system: ${system}
  tier: 1
spec:
  role: gateway
  image: registry.example.com/seaworthy/runtime:0.1.0
  port: 8080
  metrics: { port: 9090 }
  resources: { cpu: 250m, memory: 256Mi }
  scale: { min: 2 }
  uses:
    # Both processes count in one place. While it is away, each enforces its share.
    - { use: counters, required: false }
  calls:
    - service: api

undecided:
  - field: image
    why: The digest comes with the first release.
`,
  'datastores/counters.yaml': `# A datastore: where it is, and what may be lost with it.
apiVersion: seaworthy.dev/v1alpha1
kind: Datastore
metadata: { name: counters, system: ${system} }
spec:
  engine: redis
  placement: external # run by somebody else
  durable: false # counters of rate limits; nobody misses them
  credentials: { name: counters, key: url } # the secret with its address; the gateway reads it as REDIS_URL

undecided:
  - field: host
    why: Its address is not known yet; only the secret holds it.
`,
  'environments/staging.yaml': `# An environment: where the system runs. It may resize what the services declare, by name.
apiVersion: seaworthy.dev/v1alpha1
kind: Environment
metadata: { name: staging, system: ${system} }
spec:
  stage: staging
  secretStore: { name: vault } # where the External Secrets operator finds the secrets
  origins: [https://staging.example.com] # browsers that may call the API
  services:
    api: { scale: { min: 2, max: 3 } }

undecided:
  - field: secretStore
    why: The name of the store in your cluster.
  - field: trustedProxies
    why: The networks of the load balancer are not known yet. Until they are, it is the one client that limits per client count.
`,
  'environments/production.yaml': `apiVersion: seaworthy.dev/v1alpha1
kind: Environment
metadata: { name: production, system: ${system} }
spec:
  stage: production
  secretStore: { name: vault }
  origins: [https://www.example.com]

undecided:
  - field: secretStore
    why: The name of the store in your cluster.
  - field: trustedProxies
    why: The networks of the load balancer are not known yet. Until they are, it is the one client that limits per client count.
`,
});
