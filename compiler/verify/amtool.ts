/**
 * amtool: an Alertmanager configuration loads, templates included.
 */
import { judgeByStatus, runProgram, type VerifyTool } from './tool.ts';

export const amtool: VerifyTool = {
  name: 'amtool',
  install: 'apt-get install prometheus-alertmanager, or a release from https://prometheus.io/download/',
  subjects: (files) =>
    files
      .filter((path) => /^alertmanager\/alertmanager\.ya?ml$/.test(path))
      .map((path) => ({ name: 'alertmanager', files: [path] })),
  run: async (program, folder, { files }) =>
    judgeByStatus(await runProgram(program, ['check-config', ...files], folder)),
};
