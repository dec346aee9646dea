export { compareBallots, sameBallot, showBallot, showReplica, ZERO_BALLOT } from './ballot.ts';
export type { Ballot, ReplicaId, Slot } from './ballot.ts';
export { readBallot, readCounter, readId, writeBallot } from './ballot-format.ts';
export { DEFAULT_TIMING } from './context.ts';
export type { Timing } from './context.ts';
export { REPLY } from './client.ts';
export type { ClientRequest, ClientResponse, ConnectionId } from './client.ts';
export type { CallEvent, Command, Effect, Notice } from './effect.ts';
export {
  CLIENT_ID_BYTES,
  decodeEntry,
  encodeBatch,
  encodeItem,
  encodeView,
  ENTRY_VERSION,
  eraOf,
  isViewEntry,
  NOOP,
  readItem,
} from './entry.ts';
export type {
  CallPlace,
  Batch,
  Content,
  Entry,
  Item,
  Numbered,
  RequestName,
  SessionNumber,
} from './entry.ts';
export type { Event, Order } from './event.ts';
export { DEFAULT_RETENTION } from './log.ts';
export type { Retention } from './log.ts';
export type { Checkpoint, Message, MessageOf, PValue, SnapshotName } from './message.ts';
export { encodeOutcome, readGrant, readOutcome } from './outcome.ts';
export type { CallOutcome, Grant, Woken } from './outcome.ts';
export type { LogRecord } from './record.ts';
export { Replica } from './replica.ts';
export type { Recovered, ReplicaOptions } from './options.ts';
export type { ReplicaStatus } from './status.ts';
export {
  failuresTolerated,
  isQuorum,
  makeView,
  memberOf,
  quorumSize,
  readTraits,
  traitsOf,
} from './view.ts';
export { readView, writeView } from './view-format.ts';
export type { Moment } from './freshness.ts';
export type { Member, View } from './view.ts';
