import { assert, limits } from '../base/index.ts';
import type { Applier } from './applier.ts';
import type { ReplicaId, Slot } from './ballot.ts';
import type { ClientRequest, ConnectionId } from './client.ts';
import type { Context } from './context.ts';
import type { SessionNumber } from './entry.ts';
import { Freshness } from './freshness.ts';
import type { Moment } from './freshness.ts';
import type { Leader } from './leader.ts';
import type { Log } from './log.ts';
import type { MessageOf } from './message.ts';

type ReadRequest = Extract<ClientRequest, { kind: 'read' }>;

/**
 * For so many of the longest election time-outs a read waits for what another replica may have: enough for a
 * leader to be replaced, and few enough for a client to ask three replicas within its patience.
 */
const LATE_TIMEOUTS = 2;

interface Waiting {
  readonly connection: ConnectionId;
  readonly request: ReadRequest;
  readonly since: Moment;
  /** Commit index when the leader took the read, and the heartbeat round that will confirm it. */
  index: Slot;
  round: number | undefined;
}

/** What another replica asked for: an index for its own reads. Its last question counts. */
interface Question {
  readonly token: number;
  index: Slot;
  round: number | undefined;
}

/** A sign of life of a session: its lease is renewed by a leader that a quorum has confirmed since. */
interface Renewal {
  readonly connection: ConnectionId;
  readonly session: SessionNumber;
  readonly token: number;
  index: Slot;
  round: number | undefined;
}

/**
 * Reads without a log entry (docs/protocol.md, Safety 8; Raft dissertation 6.4). The leader notes its
 * commit index, proves by a round of heartbeats begun afterwards that no other ballot has taken over, and
 * serves the read when it has applied that index. The index is only meaningful once an entry of the
 * leader's own ballot is decided: before, decisions of earlier leaders may be unknown to it.
 */
export class Reads {
  readonly #context: Context;
  readonly #log: Log;
  readonly #applier: Applier;
  #waiting: Waiting[] = [];
  #stale: Waiting[] = [];
  /** Stale reads that must not be too old, and wait to hear what that means. */
  #bounded: Waiting[] = [];
  readonly #freshness: Freshness;
  readonly #questions = new Map<ReplicaId, Question>();
  /** Signs of life that are confirmed like reads. */
  #renewals: Renewal[] = [];
  /** The round that is under way for reads, so that they share it. */
  #roundUnderWay: { readonly round: number; readonly sentAt: number } | undefined;
  /** Command bytes that wait, and how many reads of each connection. */
  #bytes = 0;
  readonly #queuedBy = new Map<ConnectionId, number>();
  #nextBatch = 1;
  /** By batch; undefined for what nobody is told any more. */
  readonly #served = new Map<
    number,
    { readonly slot: Slot; readonly reads: readonly Waiting[] } | undefined
  >();

  constructor(context: Context, log: Log, applier: Applier) {
    this.#context = context;
    this.#log = log;
    this.#applier = applier;
    this.#freshness = new Freshness(context);
  }

  add(connection: ConnectionId, request: ReadRequest): void {
    const queue = this.#queueOf(request);
    const bytes = request.command.length;
    const mine = this.#queuedBy.get(connection) ?? 0;
    const next = this.#applier.sessions.next(request.session) ?? Number.POSITIVE_INFINITY;
    const full =
      mine >= limits.CONNECTION_READS ||
      queue.length >= limits.QUEUE_READS ||
      this.#bytes + bytes > limits.QUEUE_BYTES;
    // Nobody can have made so many requests that were not applied: it would wait for ever.
    if (full || request.after >= next + limits.SESSION_WINDOW) {
      this.#refuse(connection, request, 'overloaded');
      return;
    }
    this.#bytes += bytes;
    this.#queuedBy.set(connection, mine + 1);
    queue.push({ connection, request, since: this.#freshness.now, index: 0, round: undefined });
  }

  #queueOf({ consistency, maxLagMs }: ReadRequest): Waiting[] {
    if (consistency === 'linearizable') return this.#waiting;
    return maxLagMs === undefined ? this.#stale : this.#bounded;
  }

  /** Another replica asks for an index. Whoever does not lead keeps silent: the question is asked again. */
  asked(from: ReplicaId, token: number): void {
    if (this.#questions.get(from)?.token === token) return;
    this.#questions.set(from, { token, index: 0, round: undefined });
  }

  /** The last sign of life of a session counts; what comes late on a connection that it has left does not. */
  renew(connection: ConnectionId, session: SessionNumber, token: number): void {
    const known = this.#renewals.findIndex((one) => one.session === session);
    const before = this.#renewals[known];
    if (before !== undefined && before.connection > connection) return;
    // The same once more: to confirm it has begun already.
    if (before?.connection === connection && before.token === token) return;
    if (known >= 0) this.#renewals.splice(known, 1);
    this.#renewals.push({ connection, session, token, index: 0, round: undefined });
  }

  answered(message: MessageOf<'readIndexReply'>): void {
    this.#freshness.answered(message);
  }

  /** A read leaves its queue. */
  #left({ connection, request }: Waiting): void {
    this.#bytes -= request.command.length;
    const mine = (this.#queuedBy.get(connection) ?? 1) - 1;
    if (mine === 0) this.#queuedBy.delete(connection);
    else this.#queuedBy.set(connection, mine);
  }

  #refuse(
    connection: ConnectionId,
    request: ReadRequest,
    reason: 'notLeader' | 'overloaded' | 'late',
  ): void {
    this.#context.respond(connection, { kind: 'readRefused', token: request.token, reason });
  }

  /** This replica leads no more: another may have decided what these reads must see. */
  refuseAll(): void {
    for (const read of this.#waiting) {
      this.#left(read);
      this.#refuse(read.connection, read.request, 'notLeader');
    }
    this.#waiting = [];
    this.#questions.clear();
    this.#renewals = [];
    this.#roundUnderWay = undefined;
  }

  /**
   * Refuses reads that have waited too long for what another replica may have: for slots that a follower does
   * not learn, for a majority that confirms a leader, for one that ends a doubt. What a leader has yet to
   * execute is no reason, unless members differ: nobody else can be expected to have executed it.
   */
  refuseLate(leader: Leader | undefined, state: 'trusted' | 'doubted'): void {
    const leads = leader?.leading === true && state === 'trusted';
    const confirmedRound = leads ? leader.confirmedRound : -1;
    this.#waiting = this.#withoutLate(
      this.#waiting,
      ({ round }) => round !== undefined && round <= confirmedRound,
    );
    this.#stale = this.#withoutLate(this.#stale, () => leads);
    this.#bounded = this.#withoutLate(this.#bounded, () => false);
  }

  #withoutLate(reads: Waiting[], mayWait: (read: Waiting) => boolean): Waiting[] {
    const { now, timing } = this.#context;
    // A state that is not trusted serves nobody, however long they wait.
    const stuck = this.#applier.stuckAt !== undefined;
    const latest = this.#applier.halted ? now : now - LATE_TIMEOUTS * timing.electionMax;
    // They stand in the order in which they came; those that had to wait for an index may end a little later.
    if (reads.length === 0 || (reads[0] as Waiting).since.at > latest) return reads;
    return reads.filter((read) => {
      if (read.since.at > latest || (!stuck && mayWait(read))) return true;
      this.#left(read);
      this.#refuse(read.connection, read.request, 'late');
      return false;
    });
  }

  disconnected(connection: ConnectionId): void {
    this.#renewals = this.#renewals.filter((one) => one.connection !== connection);
    if (!this.#queuedBy.has(connection)) return;
    const gone = (read: Waiting): boolean => read.connection === connection;
    for (const read of [...this.#waiting, ...this.#stale, ...this.#bounded]) {
      if (gone(read)) this.#left(read);
    }
    this.#waiting = this.#waiting.filter((read) => !gone(read));
    this.#stale = this.#stale.filter((read) => !gone(read));
    this.#bounded = this.#bounded.filter((read) => !gone(read));
  }

  /** Signs of life that a quorum has confirmed, with everything applied that was decided before they came. */
  takeRenewed(leader: Leader | undefined): readonly Renewal[] {
    if (leader === undefined || this.#renewals.length === 0) return [];
    const { applied } = this.#applier;
    const confirmed = ({ index, round }: Renewal): boolean =>
      round !== undefined && round <= leader.confirmedRound && index <= applied;
    const renewed = this.#renewals.filter(confirmed);
    if (renewed.length > 0) this.#renewals = this.#renewals.filter((one) => !confirmed(one));
    return renewed;
  }

  /**
   * Takes, confirms and serves what can be; called at the end of each step.
   *
   * @param followed Whom this replica follows, when it does not lead.
   */
  advance(leader: Leader | undefined, followed?: ReplicaId): void {
    const ready: Waiting[] = [];
    if (this.#bounded.length > 0) this.#advanceBounded(leader, followed);
    const asked = this.#waiting.length + this.#questions.size + this.#renewals.length > 0;
    if (leader !== undefined && asked) this.#advanceLinearizable(leader, ready);
    if (this.#stale.length > 0) this.#stale = this.#split(this.#stale, ready, () => true);
    if (ready.length > 0) this.#serve(ready);
  }

  /** A leader reads what is fresh in any case; others find out how fresh they are. */
  #advanceBounded(leader: Leader | undefined, followed: ReplicaId | undefined): void {
    if (leader !== undefined) {
      this.#waiting = [...this.#waiting, ...this.#bounded];
      this.#bounded = [];
      return;
    }
    this.#bounded = this.#bounded.filter((read) => {
      const index = this.#freshness.index(read.since, read.request.maxLagMs ?? 0);
      if (index === undefined) return true;
      this.#stale.push({ ...read, index });
      return false;
    });
    if (this.#bounded.length > 0) this.#freshness.ask(followed);
  }

  #advanceLinearizable(leader: Leader, ready: Waiting[]): void {
    if (!leader.leading || leader.ownSlot === undefined || this.#log.commit < leader.ownSlot)
      return;
    this.#take(leader);
    const { confirmedRound } = leader;
    const confirmed = (read: Waiting): boolean =>
      read.round !== undefined && read.round <= confirmedRound;
    this.#waiting = this.#split(this.#waiting, ready, confirmed);
    for (const [from, { token, index, round }] of this.#questions) {
      if (round === undefined || round > confirmedRound) continue;
      this.#questions.delete(from);
      this.#context.send(from, { kind: 'readIndexReply', token, index });
    }
  }

  /** Gives new reads an index and a round that begins after their arrival. */
  #take(leader: Leader): void {
    const { now, timing } = this.#context;
    const isNew = ({ round }: { readonly round: number | undefined }): boolean =>
      round === undefined;
    const fresh = [
      ...this.#waiting.filter(isNew),
      ...this.#renewals.filter(isNew),
      ...[...this.#questions.values()].filter(isNew),
    ];
    if (fresh.length === 0) return;
    const under = this.#roundUnderWay;
    const open =
      under !== undefined &&
      under.round > leader.confirmedRound &&
      now - under.sentAt < timing.resend;
    if (open) return;
    const round = leader.sendHeartbeat();
    this.#roundUnderWay = { round, sentAt: now };
    for (const one of fresh) {
      one.round = round;
      one.index = this.#log.commit;
    }
  }

  /** Moves reads that may be served now to `ready`, and returns the others. */
  #split(reads: Waiting[], ready: Waiting[], confirmed: (read: Waiting) => boolean): Waiting[] {
    if (!this.#applier.runs) return reads;
    const later: Waiting[] = [];
    for (const read of reads) {
      const { session, after, atLeast } = read.request;
      const enough = this.#applier.applied >= Math.max(read.index, atLeast);
      if (!enough || !confirmed(read) || !this.#seesOwn(session, after)) later.push(read);
      else {
        this.#left(read);
        ready.push(read);
      }
    }
    return later;
  }

  /** Whether the session's own request `after` is applied here; not so when its very opening is not. */
  #seesOwn(session: SessionNumber, after: number): boolean {
    const next = this.#applier.sessions.next(session);
    return next === undefined ? this.#applier.sessions.wasOpened(session) : next > after;
  }

  #serve(reads: readonly Waiting[]): void {
    const batch = this.#nextBatch++;
    assert(this.#applier.runs, 'reads are served from a state that is trusted');
    this.#served.set(batch, { slot: this.#applier.dispatched, reads });
    this.#context.effect({
      kind: 'read',
      batch,
      commands: reads.map((read) => read.request.command),
    });
  }

  /** What is under way will be answered from a state in the middle of a batch: it must not be told. */
  giveUp(): void {
    for (const [batch, served] of this.#served) {
      this.#served.set(batch, undefined);
      for (const { connection, request } of served?.reads ?? []) {
        this.#refuse(connection, request, 'late');
      }
    }
  }

  done(batch: number, results: readonly Uint8Array[]): void {
    assert(this.#served.has(batch), 'the reads of a batch');
    const served = this.#served.get(batch);
    this.#served.delete(batch);
    if (served === undefined) return;
    assert(served.reads.length === results.length, 'one result for each read');
    served.reads.forEach(({ connection, request }, index) => {
      if (this.#applier.halted) {
        this.#refuse(connection, request, 'notLeader');
        return;
      }
      const result = results[index] as Uint8Array;
      this.#context.respond(connection, {
        kind: 'readReply',
        token: request.token,
        slot: served.slot,
        result,
      });
    });
  }
}
