import type { Random } from '../base/index.ts';
import { pauseMs, SEARCH_PAUSE } from './route.ts';
import type { Route } from './route.ts';
import type { LinkId, SessionEffect } from './types.ts';

/** A replica that has not greeted after this is not there. */
export const CONNECT_MS = 2000;
/** Silence, while an answer is due, after which the replica is asked for a sign of life. */
export const QUIET_MS = 1000;
/** How far patience grows when connections are dropped for silence: what is sent may be large and slow. */
const MOST_PATIENCE = 16;

type State =
  | { readonly kind: 'down' }
  | { readonly kind: 'pausing'; readonly until: number; readonly target: string | undefined }
  | {
      readonly kind: 'connecting';
      readonly id: LinkId;
      readonly address: string;
      readonly since: number;
    }
  /** Greeted, and believed to lead. */
  | { readonly kind: 'up'; readonly id: LinkId; readonly address: string }
  /** Greeted, but does not lead: stale reads are asked here until it is time to go on. */
  | {
      readonly kind: 'leaving';
      readonly id: LinkId;
      readonly address: string;
      readonly until: number;
      readonly target: string | undefined;
    };

/** What the session needs a connection for. */
export interface Want {
  /** Somebody waits for something. */
  readonly any: boolean;
  /** Only a leader can give it. */
  readonly leader: boolean;
}

/** The one connection of a session: where it goes, when it is given up, and what is tried next. */
export class Link {
  readonly #random: Random;
  readonly #route: Route;
  readonly #emit: (effect: SessionEffect) => void;
  #state: State = { kind: 'down' };
  #lastId: LinkId = 0;
  /** The address tried last. */
  #tried: string | undefined;
  /** The address whose turn it was last. */
  #turn: string | undefined;
  /** What a name has newly brought is tried in turn with the rotation, and before it. */
  #fresh: readonly string[] = [];
  #wasFresh = false;
  /** Where the leader was said to be. */
  #leader: string | undefined;
  /** Moves since a replica last served us: the first round over all addresses is made without pauses. */
  #moves = 0;
  #quietSince = Infinity;
  #pinged = false;
  /** Doubles when a connection is dropped for silence, until something is decided for us. */
  #patience = 1;
  /** Why each address was left, since a replica last served us. */
  readonly #failures = new Map<string, string>();

  constructor(random: Random, route: Route, emit: (effect: SessionEffect) => void) {
    this.#random = random;
    this.#route = route;
    this.#emit = emit;
  }

  /** The connection on which requests can be sent, or 0. */
  get id(): LinkId {
    return this.#state.kind === 'up' || this.#state.kind === 'leaving' ? this.#state.id : 0;
  }

  get leads(): boolean {
    return this.#state.kind === 'up';
  }

  /** Where the connection goes, also while it is being made. */
  get address(): string | undefined {
    return 'address' in this.#state ? this.#state.address : undefined;
  }

  get wakeAt(): number {
    switch (this.#state.kind) {
      case 'down':
        return Infinity;
      case 'pausing':
        return this.#state.until;
      case 'connecting':
        return this.#state.since + CONNECT_MS;
      case 'up':
        return this.#quietUntil;
      case 'leaving':
        return Math.min(this.#state.until, this.#quietUntil);
    }
  }

  get #quietUntil(): number {
    return this.#quietSince + QUIET_MS * this.#patience;
  }

  /** Whether `id` names the connection attempt that is under way. */
  isConnecting(id: LinkId): boolean {
    return this.#state.kind === 'connecting' && this.#state.id === id;
  }

  /** Whether `id` names this connection, made or under way. */
  isCurrent(id: LinkId): boolean {
    return 'id' in this.#state && this.#state.id === id;
  }

  /** The replica greeted as the leader. */
  greeted(): void {
    if (this.#state.kind !== 'connecting') return;
    const { id, address } = this.#state;
    this.#leader = address;
    this.#state = { kind: 'up', id, address };
    this.#quietSince = Infinity;
    this.#pinged = false;
  }

  /** The replica does not lead: go to `leader` when it is known, else search. */
  redirected(now: number, leader: string | undefined, why: string): void {
    if (!('id' in this.#state)) return;
    const { id, address } = this.#state;
    this.#fail(address, why);
    // A replica that names itself, or that is all we know, is asked again like one that knows nobody.
    const target = leader === address ? undefined : leader;
    this.#leader = target;
    const pause = target === undefined ? this.#searchPause() : this.#movePause();
    const until = now + pause;
    this.#state = { kind: 'leaving', id, address, until, target };
    this.#quietSince = Infinity;
    this.#pinged = false;
  }

  /** The connection ended, or was never made. */
  broken(now: number, why: string): void {
    if (!('id' in this.#state)) return;
    const { address } = this.#state;
    const target = this.#state.kind === 'leaving' ? this.#state.target : undefined;
    this.#fail(address, why);
    if (this.#leader === address) this.#leader = undefined;
    this.#state = { kind: 'pausing', until: now + this.#movePause(), target };
  }

  /** Ends the connection for a reason of ours. */
  drop(now: number, why: string): void {
    if (!('id' in this.#state)) return;
    this.#emit({ kind: 'disconnect', link: this.#state.id });
    this.broken(now, why);
  }

  /** The replica could not serve a read within its time: another one may. */
  late(now: number): void {
    const why = this.leads
      ? 'leads, but could not confirm a read in time'
      : 'follows, but does not reach what this read must see';
    this.drop(now, why);
  }

  /** Ends the connection for good. */
  end(): void {
    if ('id' in this.#state) this.#emit({ kind: 'disconnect', link: this.#state.id });
    this.#state = { kind: 'down' };
  }

  /** Bytes moved: the connection is alive. */
  heard(now: number): void {
    if (this.#quietSince !== Infinity) this.#quietSince = now;
    this.#pinged = false;
  }

  /** The leader took us, or even decided something for us: what went wrong before is history. */
  served(by: 'attached' | 'decided'): void {
    this.#moves = 0;
    this.#fresh = [];
    this.#failures.clear();
    if (by === 'decided') this.#patience = 1;
  }

  /** Addresses that nobody knew before: those known so far may all be gone. */
  refer(addresses: readonly string[]): void {
    if (addresses.length > 0) this.#fresh = addresses;
  }

  /** Makes every move that is due. */
  step(now: number, want: Want): void {
    if (this.#state.kind === 'connecting' && now >= this.#state.since + CONNECT_MS) {
      this.drop(now, `no answer within ${CONNECT_MS} ms`);
    }
    if (this.#state.kind === 'pausing' && !want.any) this.#state = { kind: 'down' };
    this.#leave(now, want);
    if (this.#state.kind === 'down' && want.any) this.#connect(now, this.#leader);
    if (this.#state.kind === 'pausing' && now >= this.#state.until) {
      this.#connect(now, this.#state.target);
    }
  }

  /** Says whether an answer is due: silence only tells something while that is so. */
  expect(now: number, answer: 'due' | 'none'): void {
    if (answer === 'none' || this.id === 0) {
      this.#quietSince = Infinity;
      this.#pinged = false;
    } else if (this.#quietSince === Infinity) {
      this.#quietSince = now;
    }
  }

  /** Returns true when a sign of life should be asked for; drops the connection when it did not come. */
  watch(now: number): boolean {
    if (now < this.#quietUntil) return false;
    if (this.#pinged) {
      this.drop(now, `silent for ${2 * QUIET_MS * this.#patience} ms`);
      this.#patience = Math.min(MOST_PATIENCE, 2 * this.#patience);
      return false;
    }
    this.#quietSince = now;
    this.#pinged = true;
    return true;
  }

  #leave(now: number, want: Want): void {
    if (this.#state.kind !== 'leaving') return;
    const { id, target, until } = this.#state;
    if (now < until && until !== Infinity) return;
    if (want.leader) {
      this.#emit({ kind: 'disconnect', link: id });
      this.#connect(now, target);
      return;
    }
    // It serves stale reads, or nobody waits: stay, and ask for no wake-up, until a leader is wanted.
    this.#state = { ...this.#state, until: Infinity };
  }

  #connect(now: number, target: string | undefined): void {
    const id = ++this.#lastId;
    const address = target ?? this.#nextInTurn();
    this.#tried = address;
    this.#state = { kind: 'connecting', id, address, since: now };
    this.#emit({ kind: 'connect', link: id, address });
  }

  /**
   * The rotation goes on where it was before redirects led elsewhere. If it went on behind their targets, two
   * replicas without a majority would keep us for ever: one names the other, which knows nobody, and whose
   * successor is the one again.
   */
  #nextInTurn(): string {
    const [fresh, ...rest] = this.#fresh;
    // A name that brings something else every time must not keep us from the members.
    this.#wasFresh = fresh !== undefined && !this.#wasFresh;
    if (fresh !== undefined && this.#wasFresh) {
      this.#fresh = rest;
      return fresh;
    }
    let address = this.#route.after(this.#turn);
    if (address === this.#tried) address = this.#route.after(address);
    this.#turn = address;
    return address;
  }

  #movePause(): number {
    const beyond = this.#moves++ - this.#route.size;
    return beyond < 0 ? 0 : pauseMs(this.#random, SEARCH_PAUSE, beyond);
  }

  #searchPause(): number {
    return pauseMs(this.#random, SEARCH_PAUSE, this.#moves++);
  }

  #fail(address: string, why: string): void {
    this.#failures.delete(address);
    this.#failures.set(address, why);
    // Addresses come from replicas: keep the newest reasons only.
    if (this.#failures.size > 32) {
      for (const oldest of this.#failures.keys()) {
        this.#failures.delete(oldest);
        break;
      }
    }
  }

  /** Why each address was left, since a replica last served us, for a person; the newest reason is last. */
  get failures(): string | undefined {
    const failures = [...this.#failures].map(([address, why]) => `${address}: ${why}`);
    return failures.length === 0 ? undefined : failures.join('; ');
  }

  /** Why no replica serves, for a person. */
  get reasons(): string {
    return this.failures ?? this.#route.addresses.join(', ');
  }
}
