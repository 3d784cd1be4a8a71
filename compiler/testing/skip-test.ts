/** Thrown from a test or a suite's body to say that it cannot run on this machine, and why. */
export class SkipTest extends Error {
  override readonly name = 'SkipTest';
}
