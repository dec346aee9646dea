import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { encodeBatch, makeView } from '../paxos/index.ts';
import type { Ballot, Entry, Message, Slot } from '../paxos/index.ts';
import { Directory } from './disk.ts';
import { AgreementJudge } from './judge-agreement.ts';
import { VotesJudge } from './judge-votes.ts';
import { Observers, Verdict } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';

const VIEW = makeView(1, 1, [{ id: 1, address: 'r1:14000', durable: true }]);
const LOWER: Ballot = { round: 1, leader: 1 };
const HIGHER: Ballot = { round: 2, leader: 2 };
const ENTRY: Entry = encodeBatch(1, 1, [new Uint8Array(1)]);
const ANOTHER: Entry = encodeBatch(1, 2, [new Uint8Array(1)]);

const accepted: Message = { kind: 'accepted', ballot: HIGHER, first: 1, last: 1, position: 3 };

let observers: Observers;
let directory: Directory;

beforeEach(() => {
  directory = new Directory({ instance: 'i', id: 1, genesis: VIEW, contacts: [] });
  observers = new Observers();
  const agreement = new AgreementJudge(VIEW);
  observers.add(agreement);
  observers.add(new VotesJudge((slot) => agreement.entry(slot)));
});

/** What the judges see of a replica in the middle of a turn: its log says what is decided. */
function replicaThatKnows(commit: Slot, entry: Entry): ReplicaProcess {
  const log = { first: 1, commit, view: VIEW, at: () => entry };
  const seen = { process: { name: 'r1:14000#1' }, directory, replica: { log } };
  return seen as unknown as ReplicaProcess;
}

function voteInLowerPromiseHigher(replica: ReplicaProcess): void {
  observers.started(replica);
  observers.synced(directory, [
    { kind: 'accepted', ballot: LOWER, slot: 1, entry: ENTRY },
    { kind: 'promised', ballot: HIGHER },
  ]);
}

test('a vote may rest on a decision that was learned in the same turn', () => {
  const replica = replicaThatKnows(1, ENTRY);
  voteInLowerPromiseHigher(replica);

  observers.sent(replica, 2, accepted);
});

test('a vote in a ballot of which the disk has nothing is found', () => {
  const replica = replicaThatKnows(0, ENTRY);
  voteInLowerPromiseHigher(replica);

  assert.throws(() => observers.sent(replica, 2, accepted), Verdict);
});

test('a vote is found as well where the disk has another value than the one that is decided', () => {
  const replica = replicaThatKnows(1, ANOTHER);
  voteInLowerPromiseHigher(replica);

  assert.throws(() => observers.sent(replica, 2, accepted), Verdict);
});
