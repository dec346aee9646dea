export { captureState, findUnkeepable } from './capture.ts';
export { addIntrinsics, nameIntrinsics, standsBefore } from './intrinsics.ts';
export { installPrivateFields } from './private-fields.ts';
export { CodeRegistry } from './registry.ts';
export type { Scope, ScopeVariable } from './registry.ts';
export { restoreState } from './restore.ts';
