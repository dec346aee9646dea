import type { Roll } from './records.ts';

/** What the thread of the name server is started with. */
export interface NameServerData {
  readonly domain: string;
  /** Where to listen: addresses, no names. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly ttl: number;
  readonly repliesPerSecond: number;
}

export interface ToNameServer {
  readonly number: number;
  readonly roll: Roll;
}

export type FromNameServer =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly code: string; readonly address: string }
  /** Answers come from the roll of this number. */
  | { readonly kind: 'serves'; readonly number: number };
