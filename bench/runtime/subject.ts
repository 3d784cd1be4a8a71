/** Runs one subject as a child process: `subject NAME UPSTREAM`. Tells its port by message, then its CPU time when asked. */
import { SUBJECTS, type SubjectName } from './subjects.ts';

const [name = '', upstream = ''] = process.argv.slice(2);
const isSubject = (text: string): text is SubjectName => Object.hasOwn(SUBJECTS, text);
if (!isSubject(name)) throw new Error(`there is no subject ${name}`);

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system, residentBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
process.send?.(await SUBJECTS[name](upstream));
