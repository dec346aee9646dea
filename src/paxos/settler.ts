import { assert } from '../base/index.ts';
import type { Digest } from '../base/index.ts';
import type { Slot } from './ballot.ts';
import type { RequestName, SessionNumber } from './entry.ts';
import { readOutcome } from './outcome.ts';
import type { CallOutcome } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { Cell } from './replies.ts';
import {
  CANCELLED,
  FORGOTTEN,
  LAPSED,
  LAPSED_STANDS,
  NEVER,
  resolvedReply,
  resultReply,
} from './reply.ts';
import type { Sessions } from './sessions.ts';
import type { WaitingCall } from './stakes.ts';
import type { Waits } from './waiting-callers.ts';

/** What the applier tells about requests; the leader's door passes it on to clients. */
export interface Outcomes {
  replied(name: RequestName, slot: Slot, reply: Uint8Array): void;
  readonly waits: Waits;
  /** The session lost what it owned, or where it waited. */
  lost(session: SessionNumber): void;
  /** The end of its lease was decided, whatever it had by then. */
  lapsed(session: SessionNumber): void;
  resend(session: SessionNumber, from: number, reason: 'gap' | 'overloaded'): void;
  expired(session: SessionNumber): void;
  opened(client: string, session: SessionNumber): void;
  openRefused(client: string): void;
}

/** Where and when what is settled was decided. */
interface Place {
  readonly slot: Slot;
  /** The log's time. */
  readonly time: number;
}

const NONE: readonly number[] = [];

type Resolved = Extract<Plan, { kind: 'resolved' }>;

/**
 * Puts results into the session table, in the order of the log, and tells who is concerned. A function of
 * the log and of what the object computed, however slots are grouped: it reads nothing that planning writes.
 */
export class Settler {
  readonly #sessions: Sessions;
  readonly #place: Place;
  readonly #digest: Digest;
  readonly #outcomes: Outcomes;

  /** For what was decided in one slot. */
  constructor(sessions: Sessions, place: Place, digest: Digest, outcomes: Outcomes) {
    this.#sessions = sessions;
    this.#place = place;
    this.#digest = digest;
    this.#outcomes = outcomes;
  }

  /** @param result The executor's, when it was asked. */
  settle(plan: Plan, result: Uint8Array | undefined): void {
    const outcomes = this.#outcomes;
    switch (plan.kind) {
      case 'execute':
        assert(result !== undefined, 'one result for each command');
        return this.#executed(plan, result);
      case 'reply':
        return this.#reply(plan.name, plan.cell, plan.reply);
      case 'resolved':
        return this.#resolved(plan, this.#changes(result)?.gaveUp);
      case 'duplicate':
        return this.#duplicate(plan, result);
      case 'timeout':
        return void this.#changes(result);
      case 'expire':
        this.#changes(result);
        for (const session of plan.sessions) {
          this.#sessions.stakes.remove(session);
          outcomes.expired(session);
        }
        return;
      case 'lapse':
        return this.#lapse(plan.sessions, result);
      case 'resend':
        return outcomes.resend(plan.session, plan.from, plan.reason);
      case 'expired':
        return outcomes.expired(plan.session);
      case 'acknowledged':
        return;
      case 'opened':
        return outcomes.opened(plan.client, plan.session);
      case 'openRefused':
        return outcomes.openRefused(plan.client);
    }
  }

  #executed(plan: Extract<Plan, { kind: 'execute' }>, bytes: Uint8Array): void {
    const { cell, command, name } = plan;
    const { waits } = this.#outcomes;
    const outcome = readOutcome(bytes);
    if (outcome?.waitsMs === undefined) waits.returned(command);
    if (outcome === undefined) return this.#reply(name, cell, resultReply(bytes));
    this.#change(bytes, outcome);
    const { grant, result, waitsMs } = outcome;
    if (waitsMs === undefined) {
      // Whoever does not wait has a result; an executor that says neither says nothing.
      return this.#reply(name, cell, resultReply(result ?? new Uint8Array(0), grant));
    }
    const own = outcome.freed.filter(({ session }) => session === name.session);
    const resting = own.length === 0 ? NONE : own.map(({ sequence }) => sequence);
    const since = this.#place.time;
    this.#sessions.stakes.block(name, { cell, since, timeoutMs: waitsMs, resting });
    waits.blocked(name, command);
  }

  /** What an event changed. */
  #changes(bytes: Uint8Array | undefined): CallOutcome | undefined {
    assert(bytes !== undefined, 'one result for each event');
    const outcome = readOutcome(bytes);
    if (outcome !== undefined) this.#change(bytes, outcome);
    return outcome;
  }

  #change(bytes: Uint8Array, outcome: CallOutcome): void {
    const { stakes } = this.#sessions;
    this.#digest.bytes(bytes);
    for (const name of outcome.freed) {
      const told = stakes.free(name, outcome.lost === true ? 'lost' : 'given');
      if (told) this.#outcomes.lost(name.session);
    }
    for (const name of outcome.gained) stakes.gain(name);
    const standing = keysOf(outcome.stands);
    for (const { grant, result, session, sequence } of outcome.woken) {
      const name = { session, sequence };
      const waiting = stakes.unblock(name);
      if (waiting === undefined) continue;
      this.#reply(name, waiting.cell, resultReply(result, grant));
      this.#outcomes.waits.woken(session);
      if (standing.has(keyOf(name))) this.#lose(session, waiting);
    }
  }

  /** A call of the session waits no more, and does not give back what it had given up for as long. */
  #lose(session: SessionNumber, { resting }: WaitingCall): void {
    if (resting.length === 0) return;
    this.#sessions.stakes.lose(session);
    this.#outcomes.lost(session);
  }

  #lapse(sessions: readonly SessionNumber[], result: Uint8Array | undefined): void {
    const { stakes } = this.#sessions;
    const held = sessions.filter((session) => stakes.has(session));
    const standing = keysOf(this.#changes(result)?.stands);
    for (const session of sessions) this.#outcomes.lapsed(session);
    for (const session of held) {
      for (const [sequence, { cell }] of stakes.lapse(session)) {
        const name = { session, sequence };
        this.#reply(name, cell, standing.has(keyOf(name)) ? LAPSED_STANDS : LAPSED);
      }
      this.#outcomes.lost(session);
    }
  }

  #resolved(plan: Resolved, gaveUp: CallOutcome['gaveUp']): void {
    const { cell, name, otherwise, target } = plan;
    if (gaveUp !== undefined) {
      this.#giveUp(plan.targetName, target, gaveUp);
      return this.#reply(name, cell, gaveUp === 'undone' ? NEVER : FORGOTTEN);
    }
    this.#reply(name, cell, target?.reply === undefined ? otherwise : resolvedReply(target.reply));
  }

  #duplicate(plan: Extract<Plan, { kind: 'duplicate' }>, result: Uint8Array | undefined): void {
    const { cell, name, withdrawn } = plan;
    const gaveUp = withdrawn ? this.#changes(result)?.gaveUp : undefined;
    if (gaveUp !== undefined) return this.#giveUp(name, cell, gaveUp);
    if (cell?.reply !== undefined) this.#outcomes.replied(name, cell.slot, cell.reply);
  }

  /** The object has undone this call, or ended it. */
  #giveUp(name: RequestName, cell: Cell | undefined, how: 'undone' | 'ended'): void {
    const waiting = this.#sessions.stakes.unblock(name);
    // What a call that waited had done stands, and it will never have a result.
    const reply = how === 'undone' ? CANCELLED : FORGOTTEN;
    if (waiting !== undefined) {
      this.#reply(name, waiting.cell, reply);
      if (how === 'ended') this.#lose(name.session, waiting);
      return;
    }
    if (how === 'ended' || cell?.reply === undefined) return;
    this.#sessions.undo(cell);
    this.#outcomes.replied(name, cell.slot, CANCELLED);
  }

  /** Settles a request. Whoever waits for its reply gets it, also when the table cannot keep it. */
  #reply(name: RequestName, cell: Cell, reply: Uint8Array): void {
    cell.slot = this.#place.slot;
    const givenUp = this.#sessions.settle(cell, reply);
    this.#digest.bytes(reply);
    // Replicas that gave up different replies must not go on to answer differently (Safety 9).
    if (givenUp > 0) this.#digest.integer(givenUp);
    this.#outcomes.replied(name, this.#place.slot, reply);
  }
}

const NOBODY: ReadonlySet<string> = new Set();

function keysOf(names: readonly RequestName[] | undefined): ReadonlySet<string> {
  return names === undefined ? NOBODY : new Set(names.map(keyOf));
}

function keyOf({ session, sequence }: RequestName): string {
  return `${session}:${sequence}`;
}
