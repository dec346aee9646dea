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
export { KeyStore, loadSdk, openAccount } from './route53-account.ts';
export type { KeyPart } from './route53-account.ts';
export { Publisher, ZoneFailure } from './route53-publisher.ts';
export type { PublisherClock } from './route53-publisher.ts';
export { HostedZone } from './route53-zone.ts';
