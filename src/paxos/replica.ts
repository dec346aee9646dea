import { assert, unreachable } from '../base/index.ts';
import { Acceptor } from './acceptor.ts';
import { Announcer } from './announcer.ts';
import { Applier } from './applier.ts';
import { compareBallots, showBallot, ZERO_BALLOT } from './ballot.ts';
import type { Ballot, Slot } from './ballot.ts';
import { Callers } from './callers.ts';
import { CatchUp } from './catch-up.ts';
import { Connections } from './connections.ts';
import type { RequestOf } from './client.ts';
import { Context } from './context.ts';
import { Desk } from './desk.ts';
import type { Office } from './held-requests.ts';
import { Digests } from './digests.ts';
import type { Effect } from './effect.ts';
import { Election } from './election.ts';
import type { Event } from './event.ts';
import { Hearing } from './hearing.ts';
import { Leader } from './leader.ts';
import { Log } from './log.ts';
import { Membership } from './membership.ts';
import type { Message, SnapshotName } from './message.ts';
import { onMessage } from './on-message.ts';
import type { Recovered, ReplicaOptions } from './options.ts';
import { Orders } from './orders.ts';
import { Peers } from './peers.ts';
import { Reads } from './reads.ts';
import { statusOf } from './status.ts';
import type { ReplicaStatus } from './status.ts';
import { Stranger } from './stranger.ts';
import { Stuck } from './stuck.ts';
import { Verdict } from './verdict.ts';
import { memberOf } from './view.ts';

/**
 * A replica: proposer, acceptor and learner in one (docs/protocol.md). It is a value, not a process: events
 * and the time go in, an ordered list of effects comes out, and nothing else happens. This class only
 * joins the parts; each rule of the protocol lives in the part that it is about.
 */
export class Replica {
  readonly context: Context;
  readonly log: Log;
  readonly acceptor: Acceptor;
  readonly applier: Applier;
  readonly peers: Peers;
  readonly election: Election;
  readonly catchUp: CatchUp;
  readonly membership: Membership;
  readonly desk: Desk;
  readonly reads: Reads;
  readonly digests: Digests;
  readonly orders: Orders;
  readonly stranger: Stranger;
  readonly callers: Callers;
  readonly stuck: Stuck;
  readonly #hearing: Hearing;
  readonly #connections: Connections;
  readonly #announcer: Announcer;
  leader: Leader | undefined;
  #tickedAt = Number.NEGATIVE_INFINITY;
  /** Two quick followers decide without this disk: as a leader it must wait for it of its own accord. */
  #diskLags = false;
  readonly #verdict: Verdict;
  #tickEvery: number;

  constructor(options: ReplicaOptions) {
    const { self, timing, random, genesis, recovered, retention } = options;
    this.context = new Context(self, timing, random, recovered?.position ?? 0);
    this.log = new Log(0, genesis, retention);
    this.applier = new Applier(this.context, this.log, retention);
    this.acceptor = new Acceptor(
      this.context,
      this.log,
      recovered?.promised ?? ZERO_BALLOT,
      recovered?.commit ?? 0,
    );
    this.peers = new Peers(this.context);
    this.election = new Election(this.context, this.log, this.peers);
    this.catchUp = new CatchUp(this.context, this.log, this.acceptor, this.applier);
    this.membership = new Membership(this.context, this.log, this.peers);
    this.desk = new Desk(this.context, this.log, this.applier);
    this.reads = new Reads(this.context, this.log, this.applier);
    this.digests = new Digests(self.id, this.applier);
    this.orders = new Orders(this);
    this.stranger = new Stranger(this.context, this.log, options.contacts);
    this.callers = new Callers(this.log);
    this.stuck = new Stuck(this);
    this.#verdict = new Verdict(this);
    this.#hearing = new Hearing(this);
    this.#connections = new Connections(this);
    this.#tickEvery = Math.max(1, Math.floor(timing.heartbeat / 5));
    if (recovered !== undefined) this.#recover(recovered);
    this.#announcer = new Announcer(this);
  }

  #recover({ snapshot, decided, accepted, promised }: Recovered): void {
    if (snapshot !== undefined) {
      const { slot, view } = this.applier.install(snapshot.header, snapshot.name.bytes);
      this.log.reset(slot, view);
      this.stuck.installed(slot);
      this.catchUp.held = snapshot.name;
    }
    for (const entry of decided) this.log.append(entry);
    for (const pvalue of accepted) this.acceptor.restore(pvalue);
    this.election.sawRound(promised.round);
  }

  /**
   * Handles what has happened, in order, and returns what must be done, in order.
   *
   * @param now Monotonic ms; never less than in an earlier step.
   * @param wall ms since 1970; may jump.
   */
  step(now: number, wall: number, events: readonly Event[]): Effect[] {
    assert(now >= this.context.now, 'time does not go back');
    this.context.now = now;
    this.context.wall = Math.max(0, Math.floor(wall));
    this.election.arm();
    this.desk.leaderId = this.leader === undefined ? this.election.leader : undefined;
    for (const event of events) this.#on(event);
    if (now - this.#tickedAt >= this.#tickEvery) this.#tick();
    this.#endStep();
    return this.context.takeEffects();
  }

  #on(event: Event): void {
    switch (event.kind) {
      case 'message':
        if (this.#hearing.hears(event.from, event.message))
          onMessage(this, event.from, event.message);
        return;
      case 'peerLost':
        this.peers.lost(event.id);
        this.catchUp.peerLost(event.id);
        this.stuck.peerLost(event.id);
        this.leader?.peerLost(event.id);
        if (event.id === this.election.leader) this.election.leaderLost();
        return;
      case 'peerCalled':
        return this.callers.called(event.member);
      case 'peerHungUp':
        return this.callers.hungUp(event.id);
      case 'peerMet':
        this.membership.met(event.id, event.address);
        if (event.view !== undefined) this.stranger.met(event.view);
        return;
      case 'request':
        if (event.request.kind === 'read') this.#onRead(event.connection, event.request);
        else if (event.request.kind === 'renew') this.#onRenew(event.connection, event.request);
        else this.desk.request(event.connection, event.request, this.#office());
        return;
      case 'disconnected':
        this.desk.disconnected(event.connection);
        this.reads.disconnected(event.connection);
        return;
      case 'order':
        this.orders.take(event.token, event.order);
        return;
      case 'executed':
        return this.#onExecuted(event);
      case 'stuck':
        return this.#onStuck(event);
      case 'readDone':
        this.stuck.readDone(event.batch, event.results);
        return;
      case 'snapshotTaken':
        return this.#onSnapshotTaken(event.snapshot);
      case 'snapshotFailed':
        this.applier.snapshotFailed();
        return;
      case 'chunkMissing':
        this.catchUp.chunkMissing(event.to);
        return;
      case 'chunkStored':
        this.catchUp.onChunkStored(event.snapshot, event.offset);
        return;
      case 'snapshotInstalled':
        // The log goes on behind slots that a leader may have open; one that learns like this leads no more.
        if (this.leader?.leading === true) this.stepDown();
        this.catchUp.installed(event.snapshot, event.header);
        this.stuck.installed(event.snapshot.slot);
        return;
      case 'snapshotRejected':
        return this.catchUp.rejected(event.snapshot);
      case 'disk':
        this.desk.setDisk(event.state);
        this.orders.setDisk(event.state);
        return;
      case 'backlog':
        this.#diskLags = event.state === 'over';
        return;
      default:
        unreachable(event);
    }
  }

  #onExecuted({ last, results, heavy }: Extract<Event, { kind: 'executed' }>): void {
    if (heavy === true || this.applier.execution.resumes) this.stuck.onHeavy(last);
    this.applier.executed(last, results, this.desk);
  }

  #onStuck(event: Extract<Event, { kind: 'stuck' }>): void {
    this.stuck.onStuck(event);
    this.applier.stuck(event, event.results, this.desk);
    this.reads.giveUp();
  }

  #onSnapshotTaken(snapshot: SnapshotName): void {
    if (!this.applier.snapshotTaken(snapshot)) return;
    if (snapshot.slot >= (this.catchUp.held?.slot ?? 0)) this.catchUp.held = snapshot;
    // Only now: until the snapshot is durable, the log is all there is (Safety 10).
    this.log.truncate(snapshot.slot);
    this.context.effect({ kind: 'truncate', through: snapshot.slot });
  }

  #onRead(connection: number, request: Parameters<Reads['add']>[1]): void {
    const linearizable = request.consistency === 'linearizable';
    if (linearizable && this.#office() === 'none') {
      this.context.respond(connection, {
        kind: 'readRefused',
        token: request.token,
        reason: 'notLeader',
      });
      this.desk.redirect(connection);
    } else this.reads.add(connection, request);
  }

  #onRenew(connection: number, { session, token }: RequestOf<'renew'>): void {
    if (this.#office() === 'none') return this.desk.redirect(connection);
    this.desk.renews(connection, session);
    this.reads.renew(connection, session, token);
  }

  /** Whether this replica takes requests in, keeps them for later, or sends clients elsewhere. */
  #office(): Office {
    if (this.leader === undefined || this.applier.halted) return 'none';
    const { leading, ownSlot } = this.leader;
    // Nobody can say when, or whether, members agree again.
    if (this.digests.doubted !== undefined) return 'soon';
    const isCurrent = ownSlot !== undefined && this.applier.applied >= ownSlot;
    if (isCurrent && !this.desk.withholds) return 'ready';
    return leading ? 'later' : 'soon';
  }

  /** Becomes a candidate with a ballot that nobody has used. */
  campaign(): void {
    if (this.leader !== undefined || this.applier.halted) return;
    if (memberOf(this.log.view, this.context.self.id) === undefined) return;
    const round = this.election.nextRound(this.acceptor.promised.round);
    const ballot = { round, leader: this.context.self.id };
    this.election.campaigned();
    this.context.notice({ kind: 'campaigning', ballot: showBallot(ballot) });
    this.acceptor.promiseOwn(ballot);
    const { acceptor, context, log, peers } = this;
    this.leader = new Leader(context, log, acceptor, peers, ballot, this.election.patience);
    this.leader.setLearners([]);
    this.leader.start();
  }

  /** Gives way to a higher ballot, or gives up for want of a majority. */
  stepDown(): void {
    if (this.leader === undefined) return;
    const wasLeading = this.leader.ownSlot !== undefined;
    this.leader = undefined;
    this.election.leaderGone();
    this.desk.leaderId = undefined;
    this.desk.shut();
    this.reads.refuseAll();
    this.membership.reset();
    this.digests.clear();
    this.desk.setSilent(false);
    this.stuck.clear();
    this.orders.leadershipLost();
    if (!wasLeading) return;
    const ballot = showBallot(this.acceptor.promised);
    this.context.notice({ kind: 'following', leader: undefined, ballot });
  }

  /** Whoever uses a ballot above the own one ends this leadership. */
  yieldTo(ballot: Ballot): void {
    this.election.sawRound(ballot.round);
    if (this.leader !== undefined && compareBallots(ballot, this.leader.ballot) > 0)
      this.stepDown();
  }

  /** This replica's state cannot be trusted from some slot on: it votes, but serves nobody (Safety 9). */
  halt(slot: Slot): void {
    const { halted, stopped } = this.applier;
    if (halted && stopped === undefined) return;
    this.context.notice({ kind: 'diverged', slot });
    this.applier.halt();
    this.catchUp.held = undefined;
    this.stepDown();
  }

  /** No majority has the same state at `slot`, so nobody's is to be taken: every member stops (Safety 9). */
  stop(slot: Slot): void {
    if (this.applier.stopped !== undefined) return;
    this.context.notice({ kind: 'stopped', slot });
    this.applier.stop(slot);
    this.catchUp.held = undefined;
    this.catchUp.abandon();
    this.stepDown();
    this.election.leaderGone();
    this.#verdict.tell(slot);
  }

  #tick(): void {
    this.#tickedAt = this.context.now;
    const { leader: followed } = this.election;
    const others = new Set(this.log.view.members.map((member) => member.id));
    // The own view may be so old that nobody of it is left but the leader knows us.
    if (followed !== undefined) others.add(followed);
    others.delete(this.context.self.id);
    this.catchUp.setOthers([...others]);
    if (this.leader !== undefined) this.#tickLeader(this.leader);
    else if (!this.applier.halted && this.election.tick(this.acceptor.promised.round))
      this.campaign();
    if (this.leader?.leading !== true) this.catchUp.tick();
    this.#verdict.tick();
    if (!this.applier.halted) this.stuck.tick();
    this.stranger.tick(this.leader === undefined ? 'none' : 'held');
    this.orders.tick();
    this.reads.refuseLate(this.leader, this.digests.doubted === undefined ? 'trusted' : 'doubted');
  }

  #tickLeader(leader: Leader): void {
    const { timing, self } = this.context;
    const { view } = this.log;
    if (leader.hopeless(this.#learning())) {
      const alive = this.peers.alive(view, timing.electionMax);
      const missing = view.members.map((member) => member.id).filter((id) => !alive.has(id));
      this.context.notice({ kind: 'quorumLost', missing });
      this.stepDown();
      return;
    }
    leader.tick();
    if (memberOf(view, self.id) !== undefined) {
      this.membership.tick(leader, this.stuck.fates(leader));
    }
    this.desk.expireSessions();
  }

  #learning(): boolean {
    return this.catchUp.transferring || this.leader?.behind !== undefined;
  }

  #endStep(): void {
    if (this.leader !== undefined) this.#advanceLeader(this.leader);
    this.applier.advance(this.desk);
    // Below it nothing that the own leadership said of calls would count (Safety 11).
    this.election.sawRound(this.applier.skips.begun.round);
    this.stuck.endStep();
    const { leader } = this;
    const ready = this.#office() === 'ready';
    if (leader !== undefined && ready) {
      if (this.desk.holds) this.desk.open();
      // Proposals of a sole member are decided by its own vote, which comes back as an event.
      if (!this.orders.handingOver && !this.applier.lags && !this.#diskLags) this.desk.pump(leader);
    }
    if (this.digests.doubted === undefined && !this.desk.withholds) {
      this.reads.advance(leader, this.election.leader);
      for (const { connection, session, token } of this.reads.takeRenewed(leader)) {
        this.desk.renewed(connection, session, token);
      }
    }
    this.desk.leases.advance(leader !== undefined && ready);
    this.acceptor.acknowledge();
    this.#connections.update();
    this.#announcer.endStep(ready);
    this.desk.endStep();
  }

  #advanceLeader(leader: Leader): void {
    if (memberOf(this.log.view, this.context.self.id) === undefined) {
      // It learned of its own removal while it caught up: it must not lead a view that it is not in.
      this.stepDown();
      return;
    }
    if (leader.behind !== undefined) {
      this.catchUp.noteCommit(leader.behind.holder, leader.behind.commit);
      this.catchUp.ask();
    }
    leader.tryToLead();
    if (leader.leading) this.catchUp.abandon();
    if (leader.settled) this.election.ledAgain();
  }

  /** A readonly picture for people, tools and tests. */
  status(): ReplicaStatus {
    return statusOf(this);
  }

  /** For the parts of the replica: a message to everybody in the view but oneself. */
  broadcast(message: Message): void {
    for (const member of this.log.view.members) {
      if (member.id !== this.context.self.id) this.context.send(member.id, message);
    }
  }
}
