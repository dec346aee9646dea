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
