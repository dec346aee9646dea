import { Acceptor } from './acceptor.ts';
import type { Ballot, ReplicaId, Slot } from './ballot.ts';
import type { Context } from './context.ts';
import { Leader } from './leader.ts';
import { Log } from './log.ts';
import type { MessageOf } from './message.ts';
import { Peers } from './peers.ts';
import { aContext, ALICE, BOB, take, THREE } from './test-kit.ts';
import type { View } from './view.ts';

/** Alice as a candidate or leader, with the parts that she works with. */
export interface Office {
  readonly context: Context;
  readonly log: Log;
  readonly acceptor: Acceptor;
  readonly peers: Peers;
  readonly leader: Leader;
  readonly ballot: Ballot;
  /** Somebody votes for a slot in Alice's ballot. */
  readonly vote: (from: ReplicaId, slot: Slot) => void;
}

interface Wishes {
  /** By Bob's promise, with nothing accepted; her own entry is in the first slot. */
  readonly elected?: boolean;
  readonly view?: View;
  readonly commit?: Slot;
  readonly ballotOf?: ReplicaId;
  readonly patience?: number;
}

export function aLeader({
  elected = true,
  view = THREE,
  commit = 0,
  ballotOf = ALICE,
  patience = 1,
}: Wishes = {}): Office {
  const context = aContext(ALICE);
  const log = new Log(commit, view);
  const acceptor = new Acceptor(context, log, undefined, commit);
  const peers = new Peers(context);
  const ballot = { round: 5, leader: ballotOf };
  acceptor.promiseOwn(ballot);
  const leader = new Leader(context, log, acceptor, peers, ballot, patience);
  leader.start();
  const vote = (from: ReplicaId, slot: Slot): void => {
    leader.onAccepted(from, { kind: 'accepted', ballot, first: slot, last: slot, position: 1 });
  };
  if (elected) {
    const promise = promiseOf(ballot, { from: commit + 1, commit });
    leader.onPromise(ALICE, promise);
    leader.onPromise(BOB, promise);
    take(context);
  }
  return { context, log, acceptor, peers, leader, ballot, vote };
}

export function promiseOf(
  ballot: Ballot,
  details: Partial<MessageOf<'promise'>> = {},
): MessageOf<'promise'> {
  return { kind: 'promise', ballot, from: 1, commit: 0, accepted: [], position: 1, ...details };
}
