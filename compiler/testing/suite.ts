/** The one way to write a test file: the suite always runs. Relies on uvu for running and reporting. */
import { suite } from 'uvu';

/** Registers one test. The title reads as a claim; variants follow after ` :: `. */
export type It = (title: string, run: () => void | Promise<void>) => void;

/** Declares a suite and runs it. */
export function describe(name: string, body: (it: It) => void | Promise<void>): void {
  const tests = suite(name);
  const declared = body((title, run) => {
    tests(title, async () => {
      await run();
    });
  });
  if (declared instanceof Promise) void declared.then(() => tests.run());
  else tests.run();
}
