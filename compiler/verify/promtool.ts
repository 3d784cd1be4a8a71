/**
 * promtool: rules parse, their unit tests pass, a Prometheus configuration loads.
 */
import { judgeByStatus, runProgram, type Subject, type VerifyTool } from './tool.ts';

export const promtool: VerifyTool = {
  name: 'promtool',
  install: 'apt-get install prometheus, or a release from https://prometheus.io/download/',
  subjects: (files) =>
    [
      { name: 'prometheus/rules', files: files.filter((path) => /^prometheus\/rules\/.*\.ya?ml$/.test(path)) },
      { name: 'prometheus/tests', files: files.filter((path) => /^prometheus\/tests\/.*\.ya?ml$/.test(path)) },
      { name: 'prometheus', files: files.filter((path) => /^prometheus\/prometheus\.ya?ml$/.test(path)) },
    ].filter((subject) => subject.files.length > 0),
  run: async (program, folder, subject) =>
    judgeByStatus(await runProgram(program, [...commandFor(subject), ...subject.files], folder)),
};

function commandFor({ name }: Subject): readonly string[] {
  if (name === 'prometheus/rules') return ['check', 'rules'];
  return name === 'prometheus/tests' ? ['test', 'rules'] : ['check', 'config'];
}
