/** The steps that a request passes; their order, and why it is that one, is in gateway/chain.ts. */
export type StepName =
  | 'front door'
  | 'route'
  | 'cors'
  | 'sunset'
  | 'upgrade'
  | 'client addresses'
  | 'limits of the client'
  | 'credential'
  | 'role'
  | 'concurrency'
  | 'limits'
  | 'body'
  | 'use of the key';
