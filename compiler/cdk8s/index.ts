/** The package for cdk8s applications: `seaworthy/cdk8s`. */
export { SeaworthySystem, type SeaworthySystemProps } from './seaworthy-system.ts';
