import { assert, unreachable } from '../base/index.ts';
import { compareBallots, sameBallot } from './ballot.ts';
import type { ReplicaId, Slot } from './ballot.ts';
import { allDiffer } from './message.ts';
import type { Message, MessageOf } from './message.ts';
import type { Replica } from './replica.ts';
import { memberOf } from './view.ts';

/** What each message between replicas does: the table of the protocol, one arm for each kind. */
export function onMessage(replica: Replica, from: ReplicaId, message: Message): void {
  switch (message.kind) {
    case 'prepare':
    case 'accept':
    case 'heartbeat':
      // A leader speaks for itself; whoever does not is no replica of ours.
      if (from !== message.ballot.leader) return;
      return onLeaderMessage(replica, from, message);
    case 'promise':
      replica.peers.acknowledged(from, message.position);
      replica.leader?.onPromise(from, message);
      return;
    case 'accepted':
      return onAccepted(replica, from, message);
    case 'preempted':
      return replica.yieldTo(message.ballot);
    case 'alive':
      return onAlive(replica, from, message);
    case 'readIndex':
      if (replica.leader !== undefined) replica.reads.asked(from, message.token);
      return;
    case 'readIndexReply':
      return replica.reads.answered(message);
    case 'preVote':
      return onPreVote(replica, from, message);
    case 'preVoteReply':
      noteCommit(replica, from, message.commit);
      if (replica.leader === undefined && replica.election.onReply(from, message))
        replica.campaign();
      return;
    case 'fetch':
      if (message.from === 0 && replica.stuck.isPremature) return;
      return replica.catchUp.onFetch(from, message);
    case 'decided':
      // A leader in office learns only from votes in its own ballot (Safety 6).
      if (replica.leader?.leading !== true) replica.catchUp.onDecided(from, message);
      return;
    case 'snapshotOffer':
      if (replica.leader?.leading === true || replica.stuck.refuses(from, message.snapshot.slot))
        return;
      return replica.catchUp.onOffer(from, message);
    case 'snapshotFetch':
      if (!replica.stuck.disputes) replica.catchUp.onSnapshotFetch(from, message);
      return;
    case 'snapshotChunk':
      return replica.catchUp.onChunk(from, message);
    case 'join':
    case 'leave':
      return onMembership(replica, from, message);
    case 'departed':
      return onDeparted(replica, message);
    case 'campaign':
      return onCampaign(replica, from, message);
    case 'follow':
      return replica.stranger.onFollow(message);
    case 'diverged':
      return onDiverged(replica, from, message);
    case 'stuck':
      return replica.stuck.report(from, message);
    default:
      unreachable(message);
  }
}

function onLeaderMessage(
  replica: Replica,
  from: ReplicaId,
  message: MessageOf<'prepare' | 'accept' | 'heartbeat'>,
): void {
  switch (message.kind) {
    case 'prepare':
      return onPrepare(replica, from, message);
    case 'accept':
      return onAccept(replica, from, message);
    case 'heartbeat':
      return onHeartbeat(replica, from, message);
  }
}

function onPrepare(replica: Replica, from: ReplicaId, message: MessageOf<'prepare'>): void {
  replica.yieldTo(message.ballot);
  if (answerWithVerdict(replica, from)) return;
  const order = compareBallots(message.ballot, replica.acceptor.promised);
  if (!replica.acceptor.prepare(from, message)) return;
  if (from !== replica.context.self.id)
    replica.election.support(from, order > 0 ? 'first' : 'again');
  replica.catchUp.noteCommit(from, message.from - 1);
}

function onAccept(replica: Replica, from: ReplicaId, message: MessageOf<'accept'>): void {
  replica.yieldTo(message.ballot);
  if (!replica.acceptor.accept(from, message)) return;
  followLeader(replica, from, message);
}

/** A leader in office spoke: follow it, and learn what it knows to be decided. */
function followLeader(
  replica: Replica,
  from: ReplicaId,
  { ballot, commit }: MessageOf<'accept' | 'heartbeat'>,
): void {
  assert(replica.leader === undefined, 'who follows does not lead');
  replica.election.follow(from);
  replica.stranger.onLeader(from);
  replica.acceptor.learn(ballot, commit);
  replica.catchUp.noteCommit(from, commit);
}

function onAccepted(replica: Replica, from: ReplicaId, message: MessageOf<'accepted'>): void {
  replica.peers.acknowledged(from, message.position);
  const { leader } = replica;
  if (leader === undefined) return;
  const before = replica.log.view;
  leader.onAccepted(from, message);
  const { view } = replica.log;
  if (view.epoch === before.epoch) return;
  replica.membership.viewChanged(before, view);
  if (memberOf(view, replica.context.self.id) === undefined) {
    const successor = view.members.find((member) => replica.peers.isAlive(member.id, 1000));
    replica.stepDown();
    if (successor !== undefined) {
      replica.context.send(successor.id, { kind: 'campaign', ballot: replica.acceptor.promised });
    }
  }
}

function onHeartbeat(replica: Replica, from: ReplicaId, message: MessageOf<'heartbeat'>): void {
  if (compareBallots(message.ballot, replica.acceptor.promised) < 0) {
    replica.context.send(from, { kind: 'preempted', ballot: replica.acceptor.promised });
    return;
  }
  replica.yieldTo(message.ballot);
  followLeader(replica, from, message);
  for (const [id, position] of message.positions) replica.peers.acknowledged(id, position);
  replica.catchUp.ask();
  const { applier, context, log } = replica;
  context.send(from, {
    kind: 'alive',
    ballot: message.ballot,
    round: message.round,
    commit: log.commit,
    applied: replica.stuck.standing,
    checkpoint: applier.reportUpTo(message.commit),
  });
  replica.stuck.tell(message.ballot, message.round);
}

function onAlive(replica: Replica, from: ReplicaId, message: MessageOf<'alive'>): void {
  const { leader, log, context, peers } = replica;
  peers.committed(from, message.commit);
  if (leader === undefined || !sameBallot(leader.ballot, message.ballot)) return;
  // It may be less than before: who is found to be wrong goes back.
  if (message.round >= leader.lastRound(from)) peers.executed(from, message.applied);
  leader.onAlive(from, message);
  replica.membership.onAlive(from, message);
  if (message.checkpoint === undefined) return;
  // It may not know yet that it has executed a call which it should not have (Safety 11).
  if (message.commit < replica.applier.skips.newest) return;
  if (message.checkpoint.digest === '') return onVerdict(replica, from, message.checkpoint.slot);
  const before = replica.digests.doubted;
  const judgement = replica.digests.report(from, message.checkpoint, log.view);
  const { doubted } = replica.digests;
  if (before !== doubted) replica.desk.setSilent(doubted !== undefined);
  switch (judgement?.kind) {
    case 'split':
      replica.stop(judgement.slot);
      return;
    case 'minority':
      for (const id of judgement.ids) {
        context.send(id, { kind: 'diverged', checkpoint: judgement.checkpoint });
      }
      return;
    case 'doubt':
      if (before === undefined) context.notice({ kind: 'doubted', slot: judgement.slot });
      return;
    case 'agreed':
    case undefined:
  }
}

function onPreVote(replica: Replica, from: ReplicaId, message: MessageOf<'preVote'>): void {
  const { view } = replica.log;
  if (message.epoch < view.epoch && memberOf(view, from) === undefined) {
    // It was removed while it was away: without this word it would campaign for ever.
    // A decided slot of the view proves that a leader was in office in it, so nothing depends on this one.
    const inOffice = replica.leader?.leading === true || replica.log.commit >= view.start;
    if (inOffice) replica.context.send(from, { kind: 'departed', view });
    return;
  }
  if (answerWithVerdict(replica, from)) return;
  noteCommit(replica, from, message.commit);
  const leads = replica.leader?.leading === true;
  replica.election.answer(from, message, replica.acceptor.promised.round, leads);
}

/** Somebody knows more than we do; a leader in office learns from votes alone (Safety 6). */
function noteCommit(replica: Replica, from: ReplicaId, commit: number): void {
  if (replica.leader?.leading !== true) replica.catchUp.noteCommit(from, commit);
}

function onMembership(
  replica: Replica,
  from: ReplicaId,
  message: MessageOf<'join' | 'leave'>,
): void {
  const { leader, membership, context, log, election } = replica;
  if (leader?.leading === true) {
    if (message.kind === 'join') membership.onJoin(from, message);
    else membership.onLeave(from, message);
    return;
  }
  const known = leader === undefined ? election.leader : undefined;
  const member = known === undefined ? undefined : memberOf(log.view, known);
  context.send(from, { kind: 'follow', leader: member, view: log.view });
}

function onDeparted(replica: Replica, { view }: MessageOf<'departed'>): void {
  if (memberOf(view, replica.context.self.id) !== undefined) return;
  if (view.epoch < replica.log.view.epoch) return;
  replica.stepDown();
  replica.orders.departed(view);
}

function onCampaign(replica: Replica, from: ReplicaId, message: MessageOf<'campaign'>): void {
  // Only whoever leads now may ask for a successor; an old request is void. Its ballot may be above what
  // was promised here: heartbeats alone, as long as nothing is proposed, record no promise.
  if (from !== message.ballot.leader) return;
  if (compareBallots(message.ballot, replica.acceptor.promised) < 0) return;
  replica.orders.wasGivenOffice(from);
  replica.campaign();
}

function onDiverged(
  replica: Replica,
  from: ReplicaId,
  { checkpoint }: MessageOf<'diverged'>,
): void {
  const { acceptor, applier, election } = replica;
  if (checkpoint.digest === '') return onVerdict(replica, from, checkpoint.slot);
  // The leader compares; it may find that it is the one who differs, and then tells itself.
  if (from !== acceptor.promised.leader && from !== election.leader) return;
  const own = applier.checkpoint(checkpoint.slot);
  // Who has stopped has executed nothing since, and may have no digest to compare.
  const differs =
    applier.stopped === undefined
      ? own !== undefined && own !== checkpoint.digest
      : applier.stopped <= checkpoint.slot;
  if (differs) replica.halt(checkpoint.slot);
}

/** A member has stopped, because no majority had the same state at `slot` (Safety 9). */
function onVerdict(replica: Replica, from: ReplicaId, slot: Slot): void {
  if (memberOf(replica.log.view, from) === undefined) return;
  const { majority } = replica.digests;
  // After restarts states may agree again. Digests roll on: who agrees at a later slot agrees at this one.
  if (majority === undefined || majority.slot < slot) replica.stop(slot);
  else replica.context.send(from, { kind: 'diverged', checkpoint: majority });
}

/** Whoever has stopped helps nobody into office, who may have missed why. Returns whether it has. */
function answerWithVerdict(replica: Replica, candidate: ReplicaId): boolean {
  const { stopped } = replica.applier;
  if (stopped === undefined) return false;
  replica.context.send(candidate, { kind: 'diverged', checkpoint: allDiffer(stopped) });
  return true;
}
