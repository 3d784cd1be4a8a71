/**
 * The emitters in the order they run: one line each.
 *
 * To add one, add its folder and its line; a test checks that the two agree.
 */
import type { EmitterEntry } from './emitter.ts';

export const EMITTERS: readonly EmitterEntry[] = [
  { id: 'argocd', target: 'argocd', load: async () => (await import('./argocd/emitter.ts')).emitter },
  { id: 'grafana', target: 'grafana', load: async () => (await import('./grafana/emitter.ts')).emitter },
  { id: 'nginx', target: 'nginx', load: async () => (await import('./nginx/emitter.ts')).emitter },
  // After nginx, whose files its pods hold.
  { id: 'kubernetes', target: 'kubernetes', load: async () => (await import('./kubernetes/emitter.ts')).emitter },
  { id: 'prometheus', target: 'prometheus', load: async () => (await import('./prometheus/emitter.ts')).emitter },
  { id: 'runtime', target: 'runtime', load: async () => (await import('./runtime/emitter.ts')).emitter },
];
