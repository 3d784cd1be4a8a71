/**
 * kubeconform: objects have the shape that the Kubernetes API demands.
 *
 * Custom resources without a published schema are passed over; kubeconform says how many. It fetches schemas from the network.
 */
import { runProgram, type VerifyTool } from './tool.ts';

export const kubeconform: VerifyTool = {
  name: 'kubeconform',
  install: 'go install github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0',
  subjects: (files) =>
    ['argocd', 'kubernetes']
      .map((name) => ({ name, files: files.filter((path) => path.startsWith(`${name}/`) && /\.ya?ml$/.test(path)) }))
      .filter((subject) => subject.files.length > 0),
  run: (program, folder, { files }) =>
    runProgram(program, ['-strict', '-summary', '-ignore-missing-schemas', ...files], folder),
};
