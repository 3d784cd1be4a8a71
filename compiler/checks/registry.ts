/**
 * The checks in the order they run: one line each.
 *
 * To add one, add its folder and its line; a test checks that the two agree.
 */
import type { Check } from './check.ts';

export const CHECKS: readonly Check[] = [];
