/**
 * Security headers that say how one page may behave, and so are known best by the service that made it.
 *
 * Owns the list for nginx and the runtime. What protects the connection or every kind of answer (HSTS, nosniff) is not in it.
 */
const PAGE_HEADERS: ReadonlySet<string> = new Set([
  'content-security-policy',
  'content-security-policy-report-only',
  'cross-origin-embedder-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'origin-agent-cluster',
  'permissions-policy',
  'referrer-policy',
  'x-frame-options',
]);

/** Whether a field, whatever its case, is one of a page. */
export const isPageHeader = (name: string): boolean => PAGE_HEADERS.has(name.toLowerCase());
