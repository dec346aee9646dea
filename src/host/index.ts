export { Admission } from './admission.ts';
export type { Household, Knowledge } from './admission.ts';
export { Host } from './host.ts';
export type {
  ClientPort,
  ClockPort,
  ExecutorPort,
  Inbox,
  LogPort,
  NoticePort,
  PeerPort,
  Ports,
  SnapshotPort,
} from './ports.ts';
export { recover } from './recovery.ts';
export type { DiskContents } from './recovery.ts';
