/**
 * What services and stores in containers have in common: an image, and a share of a machine.
 */
import type { Bytes, Millicores } from '../../../schemas/units/index.ts';
import type { ModelNode } from './origin.ts';

export interface ImageModel extends ModelNode {
  /** The whole reference as written. */
  readonly reference: string;
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string | undefined;
}

export interface ResourcesModel extends ModelNode {
  readonly cpuRequest: Millicores;
  readonly cpuLimit: Millicores;
  readonly memoryRequest: Bytes;
  readonly memoryLimit: Bytes;
  readonly ephemeralStorage: Bytes;
}
