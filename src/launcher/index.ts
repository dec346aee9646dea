export { parseHosts, readGroups } from './hosts-file.ts';
export { explain, place } from './placement.ts';
export type { Choice, PlacedNode, SharedGroup } from './placement.ts';
