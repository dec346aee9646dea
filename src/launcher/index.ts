export {
  checkHost,
  checkKeyFile,
  checkUser,
  ConfigFile,
  keyPath,
  parseGroups,
  parseNodePort,
} from './config.ts';
export type { LaunchConfig, LaunchNode } from './config.ts';
export { parseHosts } from './hosts-file.ts';
export { explain, place } from './placement.ts';
export type { Choice, PlacedNode, SharedGroup } from './placement.ts';
