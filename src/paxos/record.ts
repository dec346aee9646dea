import type { Ballot, Slot } from './ballot.ts';
import type { Entry } from './entry.ts';

/**
 * What a replica writes to its log. The n-th record of a replica's life has position n. Only votes
 * (`promised`, `accepted`) hold a message back until they are durable; the rest rides along and saves work
 * after a restart.
 */
export type LogRecord =
  /** No ballot below this one gets a vote any more. */
  | { readonly kind: 'promised'; readonly ballot: Ballot }
  /** Voted for `entry` in `ballot`; includes the promise not to vote below `ballot`. */
  | {
      readonly kind: 'accepted';
      readonly ballot: Ballot;
      readonly slot: Slot;
      readonly entry: Entry;
    }
  /** Learned that `entry` is decided, without having voted for it in the deciding ballot. */
  | { readonly kind: 'decided'; readonly slot: Slot; readonly entry: Entry }
  /** Every slot up to here is decided, by the last record for it in this log. */
  | { readonly kind: 'commit'; readonly slot: Slot };
