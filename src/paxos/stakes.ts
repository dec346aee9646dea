import { assert, MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import type { ClientResponse } from './client.ts';
import type { RequestName, SessionNumber } from './entry.ts';
import { Few } from './few.ts';
import type { Cell } from './replies.ts';

/** A call that was executed, and whose caller waits until another call, or an event, wakes it. */
export interface WaitingCall {
  readonly cell: Cell;
  /** The log's time when it began to wait, ms. */
  readonly since: number;
  /** After so many ms it is told that its time is over; 0 for never. */
  readonly timeoutMs: number;
  /** Calls of its session that own nothing since it waits, and may own the same again when it ends. */
  readonly resting: readonly number[];
}

type Renewed = Extract<ClientResponse, { kind: 'renewed' }>;

/** Ten thousand may wait for one lock, each in a session of its own: what it has not costs nothing. */
interface Stake {
  waiting: Few<WaitingCall> | undefined;
  /** The calls of the session that own something. */
  owned: Set<number> | undefined;
  /** How often the session lost what it owned, or where it waited, against its will. */
  losses: number;
}

/**
 * What sessions wait for and own in the object: as much of it as the protocol must know (docs/protocol.md,
 * Safety 12). It is replicated state, and changes only when slots are settled, in the order of the log.
 */
export class Stakes {
  #of = new Map<SessionNumber, Stake>();
  /** Sessions whose stake has changed since somebody asked: for the leader's clocks. */
  readonly #changed = new Set<SessionNumber>();
  /** Calls that have begun to wait since, and do so for a time only. */
  #timed: RequestName[] = [];

  /** Sessions that wait for something or own something. */
  *sessions(): IterableIterator<SessionNumber> {
    for (const [session, stake] of this.#of) if (isHeld(stake)) yield session;
  }

  has(session: SessionNumber): boolean {
    const stake = this.#of.get(session);
    return stake !== undefined && isHeld(stake);
  }

  /** The call that waits under this name. */
  waiting({ session, sequence }: RequestName): WaitingCall | undefined {
    return this.#of.get(session)?.waiting?.get(sequence);
  }

  waitingOf(session: SessionNumber): readonly (readonly [number, WaitingCall])[] {
    return this.#of.get(session)?.waiting?.entries() ?? [];
  }

  ownedOf(session: SessionNumber): readonly number[] {
    return [...(this.#of.get(session)?.owned ?? [])];
  }

  /** Calls that own nothing while others wait, as a condition gives back the lock. */
  restingOf(session: SessionNumber): readonly number[] {
    return this.waitingOf(session).flatMap(([, { resting }]) => resting);
  }

  lossesOf(session: SessionNumber): number {
    return this.#of.get(session)?.losses ?? 0;
  }

  /** What a session hears of what it has. */
  told(session: SessionNumber): Pick<Renewed, 'losses' | 'owned' | 'resting'> {
    const [losses, owned] = [this.lossesOf(session), this.ownedOf(session)];
    return { losses, owned, resting: this.restingOf(session) };
  }

  /** The sessions whose stake has changed; forgets them. */
  takeChanged(): readonly SessionNumber[] {
    if (this.#changed.size === 0) return [];
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** Calls that wait for a time, and have begun since somebody asked; forgets them. */
  takeTimed(): readonly RequestName[] {
    const timed = this.#timed;
    if (timed.length > 0) this.#timed = [];
    return timed;
  }

  block({ session, sequence }: RequestName, call: WaitingCall): void {
    const waiting = (this.#stake(session).waiting ??= new Few<WaitingCall>());
    assert(waiting.get(sequence) === undefined, 'a call waits once');
    waiting.set(sequence, call);
    if (call.timeoutMs > 0) this.#timed.push({ session, sequence });
  }

  /** It waits no more; undefined when it did not. */
  unblock(name: RequestName): WaitingCall | undefined {
    const waiting = this.waiting(name);
    if (waiting === undefined) return undefined;
    const stake = this.#stake(name.session);
    stake.waiting?.delete(name.sequence);
    if (stake.waiting?.size === 0) stake.waiting = undefined;
    this.#tidy(name.session, stake);
    return waiting;
  }

  gain({ session, sequence }: RequestName): void {
    const stake = this.#stake(session);
    (stake.owned ??= new Set()).add(sequence);
  }

  /**
   * @param how `lost`: against the will of its session.
   * @returns Whether the session must be told.
   */
  free({ session, sequence }: RequestName, how: 'given' | 'lost'): boolean {
    const stake = this.#stake(session);
    const isLost = stake.owned?.delete(sequence) === true && how === 'lost';
    if (stake.owned?.size === 0) stake.owned = undefined;
    if (isLost) stake.losses++;
    this.#tidy(session, stake);
    return isLost;
  }

  /** It does not own again what rested while one of its calls waited. */
  lose(session: SessionNumber): void {
    this.#stake(session).losses++;
  }

  /** The session's lease is over: it owns nothing and waits nowhere. Returns the calls that waited. */
  lapse(session: SessionNumber): readonly [number, WaitingCall][] {
    const stake = this.#stake(session);
    const waited = stake.waiting?.entries() ?? [];
    stake.waiting = undefined;
    stake.owned = undefined;
    stake.losses++;
    return waited;
  }

  /** The session is gone. */
  remove(session: SessionNumber): void {
    if (this.#of.delete(session)) this.#changed.add(session);
  }

  /** Most sessions that have ever waited do so no more. */
  #tidy(session: SessionNumber, stake: Stake): void {
    if (!isHeld(stake) && stake.losses === 0) this.#of.delete(session);
  }

  #stake(session: SessionNumber): Stake {
    this.#changed.add(session);
    let stake = this.#of.get(session);
    if (stake === undefined) {
      stake = { waiting: undefined, owned: undefined, losses: 0 };
      this.#of.set(session, stake);
    }
    return stake;
  }

  write(writer: ByteWriter): void {
    const stakes = [...this.#of].filter(([, stake]) => isHeld(stake) || stake.losses > 0);
    writer.varint(stakes.length);
    // In an order that does not depend on what came and went.
    for (const [session, stake] of stakes.sort(([a], [b]) => a - b)) {
      const owned = [...(stake.owned ?? [])].sort((a, b) => a - b);
      const waiting = stake.waiting?.entries().toSorted(([a], [b]) => a - b) ?? [];
      writer.varint(session).varint(stake.losses).varint(owned.length);
      for (const sequence of owned) writer.varint(sequence);
      writer.varint(waiting.length);
      for (const [sequence, { resting, since, timeoutMs }] of waiting) {
        writer.varint(sequence).varint(since).varint(timeoutMs).varint(resting.length);
        for (const one of resting) writer.varint(one);
      }
    }
  }

  /**
   * Throws `MalformedBytes`. Returns how many calls wait.
   *
   * @param cellOf Of a request that has no reply.
   */
  read(reader: ByteReader, cellOf: (name: RequestName) => Cell | undefined): number {
    this.clear();
    let calls = 0;
    for (let left = reader.count(4); left > 0; left--) {
      const session = reader.varint();
      const stake = this.#stake(session);
      stake.losses = reader.varint();
      for (let owned = reader.count(); owned > 0; owned--) {
        this.gain({ session, sequence: reader.varint() });
      }
      for (let waiting = reader.count(4); waiting > 0; waiting--) {
        const sequence = reader.varint();
        const cell = cellOf({ session, sequence });
        if (cell === undefined) throw new MalformedBytes('a call waits that was never made');
        const times = { since: reader.varint(), timeoutMs: reader.varint() };
        const resting: number[] = [];
        for (let count = reader.count(); count > 0; count--) resting.push(reader.varint());
        (stake.waiting ??= new Few()).set(sequence, { cell, ...times, resting });
        this.#timed.push({ session, sequence });
        calls++;
      }
    }
    return calls;
  }

  clear(): void {
    for (const session of this.#of.keys()) this.#changed.add(session);
    this.#of = new Map();
  }
}

function isHeld({ owned, waiting }: Stake): boolean {
  return owned !== undefined || waiting !== undefined;
}
