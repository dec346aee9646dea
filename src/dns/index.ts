export { DEFAULT_TTL, hostName, makeRecordSets, SERVICE, showValues } from './records.ts';
export type { Authority, Node, RecordSet, Roll, Service } from './records.ts';
