export { Connection } from './connection.ts';
export type {
  ControlReply,
  ControlRequest,
  MemberStatus,
  StatusReport,
} from './control-protocol.ts';
export {
  DATA_ROOT,
  defaultDataDirectory,
  hashOfCode,
  holdsReplica,
  listDataDirectories,
  openDataDirectory,
} from './data-directory.ts';
export type { DataDirectory, Identity } from './data-directory.ts';
export { DirectoryLock } from './directory-lock.ts';
export { compileEarly } from './early-tiers.ts';
export { engineFingerprint } from './fingerprint.ts';
export { replaceFileSync } from './files.ts';
export { isolateWorlds } from './isolate-world.ts';
export { makeFolders } from './make-folders.ts';
export type { Logger } from './logger.ts';
export { tryProgram } from './program.ts';
export type { BundleProgram, Program } from './program.ts';
export { recoverInstance } from './recover-instance.ts';
export type { Recovery } from './recover-instance.ts';
export { ReplicaServer } from './replica-server.ts';
export type { Access, ReplicaServerOptions, Work } from './replica-server.ts';
export { configurationFolder, SettingsFile } from './settings-file.ts';
export type { Settings } from './settings-file.ts';
export { OWN_SHADOW } from './shadow-thread.ts';
export { serveShadow } from './shadow-service.ts';
export { SparingWarnings } from './sparing-warnings.ts';
export { joinAddress, splitAddress } from './split-address.ts';
export { limitYoungGeneration } from './young-generation.ts';
export type { ViewChanged, ViewRoll } from './view-teller.ts';
