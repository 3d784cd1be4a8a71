/** Times of log lines as text, such as `2026-03-01T12:00:00.123Z`. */

/** Makes a source of them; the date is written anew once a second. `wallMs` default: the clock of this machine. */
export function createTimestamps(wallMs: () => number = Date.now): () => string {
  let second = Number.NaN;
  let prefix = '';
  return () => {
    const now = Math.floor(wallMs());
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      prefix = new Date(now).toISOString().slice(0, -'000Z'.length);
    }
    return `${prefix}${String(now - current * 1000).padStart(3, '0')}Z`;
  };
}
