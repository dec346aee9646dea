export { NameServer } from './name-server.ts';
export type { NameServerOptions } from './name-server.ts';
export {
  DEFAULT_TTL,
  hostName,
  makeRecordSets,
  MAX_DOMAIN_CHARACTERS,
  showValues,
} from './records.ts';
export type { Authority, Node, RecordSet, Roll, Service } from './records.ts';
