/** Runs one subject as a child process: `subject NAME SURROUNDINGS`. Tells its port by message, then its CPU time and memory when asked. */
import type { Surroundings } from './subject-kinds.ts';
import { SUBJECTS, type SubjectName } from './subjects.ts';

const [name = '', surroundings = '{}'] = process.argv.slice(2);
const isSubject = (text: string): text is SubjectName => Object.hasOwn(SUBJECTS, text);
if (!isSubject(name)) throw new Error(`there is no subject ${name}`);

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  // Only with --expose-gc: what is left after it is what is kept.
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ cpuMicros: user + system, residentBytes: rss, heapBytes: heapUsed });
});
process.on('disconnect', () => process.exit());
const around: Surroundings = JSON.parse(surroundings);
process.send?.(await SUBJECTS[name](around));
