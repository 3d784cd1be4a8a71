/**
 * Every raw request of the corpus, in reading order.
 */
import type { AbuseCase } from './abuse-case.ts';
import { FIELDS } from './fields.ts';
import { FRAMING } from './framing.ts';
import { TARGETS } from './targets.ts';

export const CORPUS: readonly AbuseCase[] = [...TARGETS, ...FRAMING, ...FIELDS];
