/** Versions of targets, known as `major.minor`: a feature of a patch release counts from the next minor. */

/** True when `version` is `minimum` or later. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = minimum.split('.').map(Number);
  return major === leastMajor ? minor >= leastMinor : major > leastMajor;
}
