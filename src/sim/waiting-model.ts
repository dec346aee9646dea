import type { Command, Grant, RequestName, SessionNumber } from '../paxos/index.ts';

/** A call that waits, or owns something, by `keyOf`. */
export interface Caller extends RequestName {
  readonly key: string;
  /** The session, and the flow in it. */
  readonly owner: string;
}

export function keyOf({ sequence, session }: RequestName): string {
  return `${session}:${sequence}`;
}

/** What a call or an event should come to. */
export interface Expected {
  /** As `outcomeOf` says it; undefined for an event, and when the caller waits. */
  result: unknown;
  /** The caller waits. */
  waits: boolean;
  /** At most so many ms; 0 for ever. */
  waitsMs: number;
  /** Of an event: the call that it is about has no effect any more. */
  gaveUp: 'undone' | 'ended' | undefined;
  /** Calls that waited and do so no more, and of which something stands. */
  stands: string[];
  /** By key. */
  readonly woken: Map<string, unknown>;
}

export interface LikeCall {
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface Options {
  readonly owner?: string;
  readonly timeoutMs?: number;
  readonly blocking?: boolean;
  readonly n?: number;
}

/**
 * What one primitive should do, by our own arithmetic: it shares nothing with the classes of the product. It
 * is fed with the calls and events of the log, in their order.
 */
export abstract class WaitingModel {
  /** Calls that wait. */
  readonly waiting = new Map<string, Caller>();
  /** Calls that own something, with the place of the grant. */
  readonly owned = new Map<string, Grant & { readonly caller: Caller }>();
  /** How often the object was replaced. */
  epoch = 0;
  protected at: Grant = { slot: 0, index: 0 };
  protected expected: Expected = nothing();

  /** How many may own something at once, in the present object; Infinity where it is not about that. */
  abstract readonly capacity: number;
  /** What makes an object that is like this one when nobody waits and nobody owns anything. */
  abstract readonly likeness: readonly LikeCall[];
  protected abstract reset(args: readonly unknown[]): void;
  protected abstract call(method: string, caller: Caller, argument: Options): unknown;
  /** Whoever waited leaves. Returns whether something stands that its call has done. */
  protected abstract leaves(caller: Caller): boolean;
  protected abstract timesOut(caller: Caller): void;
  /** Whether the call would own something again, and others with it; then it does not. */
  protected renounces(_key: string): boolean {
    return false;
  }

  /** What the call owns is free. */
  protected abstract loses(caller: Caller): void;

  /** @param args Of a call; of an event there are none. */
  apply(command: Command, method: string, args: readonly unknown[]): Expected {
    this.expected = nothing();
    const { event, index, sequence, session, slot } = command;
    this.at = { slot, index };
    const key = keyOf({ session, sequence });
    if (event?.kind === 'ended') this.#end(new Set(event.sessions));
    else if (event?.kind === 'timedOut') {
      const caller = this.waiting.get(key);
      if (caller !== undefined) this.timesOut(caller);
    } else if (event?.kind === 'withdrawn') this.#withdraw(key, event.undo);
    else if (method === '__concoordinit__') this.#replace(args);
    else {
      const argument = typeof args[0] === 'number' ? { n: args[0] } : ((args[0] ?? {}) as Options);
      const owner = argument.owner === undefined ? `${session}` : `${session}/${argument.owner}`;
      this.expected.result = this.call(method, { key, session, sequence, owner }, argument);
    }
    return this.expected;
  }

  #end(sessions: ReadonlySet<SessionNumber>): void {
    const gone = [...this.waiting.values()].filter(({ session }) => sessions.has(session));
    for (const { key } of gone) this.waiting.delete(key);
    for (const caller of gone) if (this.leaves(caller)) this.expected.stands.push(caller.key);
    for (const { caller } of [...this.owned.values()]) {
      if (sessions.has(caller.session)) this.loses(caller);
    }
  }

  #withdraw(key: string, undo: boolean): void {
    const caller = this.waiting.get(key);
    if (caller !== undefined) {
      this.waiting.delete(key);
      this.expected.gaveUp = this.leaves(caller) ? 'ended' : 'undone';
    }
    const owned = this.owned.get(key);
    if (owned === undefined) {
      if (caller === undefined && undo && this.renounces(key)) this.expected.gaveUp = 'undone';
      return;
    }
    if (caller === undefined && !undo) return;
    this.loses(owned.caller);
    this.expected.gaveUp ??= 'undone';
  }

  #replace(args: readonly unknown[]): void {
    for (const key of this.waiting.keys()) {
      this.expected.woken.set(key, 'refused OBJECT_REPLACED');
    }
    const all = [...this.waiting.values(), ...[...this.owned.values()].map(({ caller }) => caller)];
    this.#end(new Set(all.map(({ session }) => session)));
    this.epoch++;
    this.reset(args);
  }

  /** The caller waits. */
  protected park(caller: Caller, timeoutMs: number | undefined): undefined {
    this.waiting.set(caller.key, caller);
    this.expected.waits = true;
    this.expected.waitsMs = Math.ceil(timeoutMs ?? 0);
  }

  protected wake({ key }: Caller, outcome: unknown): void {
    this.waiting.delete(key);
    this.expected.woken.set(key, outcome);
  }

  /** @param like Another call of the same owner that owns it already. */
  protected own(caller: Caller, like?: Caller): void {
    const place = like === undefined ? this.at : (this.owned.get(like.key) ?? this.at);
    const { index, slot } = place;
    this.owned.set(caller.key, { slot, index, caller });
  }

  protected disown({ key }: Caller): void {
    this.owned.delete(key);
  }
}

function nothing(): Expected {
  return {
    result: undefined,
    waits: false,
    waitsMs: 0,
    gaveUp: undefined,
    stands: [],
    woken: new Map(),
  };
}
