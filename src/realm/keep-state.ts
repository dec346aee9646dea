export { captureState, CodeRegistry, installPrivateFields, restoreState } from '../state/index.ts';
export type { Scope } from '../state/index.ts';
