/** The model's types, one file a subject; this one only names them. */
export type * from './container-model.ts';
export type * from './datastore-model.ts';
export type * from './edge-model.ts';
export type * from './model.ts';
export type * from './observability-model.ts';
export type { ModelNode, Origin, Origins, SpecPointer } from './origin.ts';
export { originsOf, renameOrigins, spanOfOrigin } from './origin.ts';
export type * from './provider-model.ts';
export type * from './route-model.ts';
export type * from './runtime-model.ts';
export type * from './service-model.ts';
