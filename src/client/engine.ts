import { randomBytes } from 'node:crypto';
import type { Token } from '../auth/index.ts';
import { ConCoordError, Random } from '../base/index.ts';
import { CLIENT_ID_BYTES } from '../paxos/index.ts';
import { ClientSession } from '../session/index.ts';
import type {
  CallId,
  GiveUp,
  LinkId,
  OwnedCall,
  SessionEffect,
  Settlement,
} from '../session/index.ts';
import type { Welcome } from '../wire/index.ts';
import { AbortWatch } from './abort-watch.ts';
import { AddressBook } from './address-book.ts';
import { abortError, encode, errorOf, located } from './call-errors.ts';
import { Holds } from './holds.ts';
import type { Hold } from './holds.ts';
import type { CallMode, CallSettings, ProxySettings } from './options.ts';
import { outcomeOf } from './outcome.ts';
import type { CallOutcome } from './outcome.ts';
import { ReplicaSocket } from './replica-socket.ts';
import { readResult } from './result.ts';
import { VERSION } from './version.ts';

/** How long `close` lets calls finish. */
const CLOSE_GRACE_MS = 5000;
const MOST_TIMER_MS = 2 ** 31 - 1;

const ENDED: GiveUp = { code: 'CLOSED', message: 'the proxy was closed' };

interface Waiter {
  /** For messages: `increment()`. */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
  /** Of a resolve. */
  readonly requestId?: string | undefined;
  /** Told of what the call came to own, before it is resolved. */
  readonly owns?: ((owned: OwnedCall) => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Flush {
  readonly upTo: CallId;
  left: number;
  readonly resolve: () => void;
}

/** Drives a `ClientSession` over sockets and timers. Nothing of it keeps a program running but calls. */
export class Engine {
  readonly #session: ClientSession;
  readonly #book: AddressBook;
  readonly #token: Token | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #mode: CallMode;
  readonly #waiters = new Map<CallId, Waiter>();
  readonly #watch = new AbortWatch<CallId>((ids) => this.#aborted(ids));
  readonly #ownerships = new Holds();
  #flushes: Flush[] = [];
  #lastId: CallId = 0;
  #socket: { readonly link: LinkId; readonly socket: ReplicaSocket } | undefined;
  #timer: { readonly handle: NodeJS.Timeout; readonly at: number } | undefined;
  #turnPlanned = false;
  #gathering = false;
  #holds = false;
  #closing: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  #closed = false;
  /** A defect of ours: every call fails with it. */
  #defect: unknown;

  /** @throws ConnectionError when `connect` is malformed. */
  constructor(
    connect: string,
    { dns, leaseMs, quorumTimeoutMs, signal, token }: ProxySettings,
    mode: CallMode = 'at-once',
  ) {
    this.#mode = mode;
    this.#token = token;
    this.#book = new AddressBook(connect, dns, (domain, addresses) => {
      this.#turn(() => this.#session.found(domain, addresses));
    });
    this.#session = new ClientSession({
      random: new Random(randomBytes(6).readUIntLE(0, 6)),
      newClientId: () => new Uint8Array(randomBytes(CLIENT_ID_BYTES)),
      bootstrap: this.#book.bootstrap,
      leaseMs,
      ...(quorumTimeoutMs === undefined ? {} : { quorumTimeoutMs }),
      ...(mode === 'one-by-one' ? { callsAtOnce: 1 } : {}),
    });
    this.#signal = signal;
    if (signal?.aborted === true) this.#closeAborted();
    else signal?.addEventListener('abort', this.#closeAborted, { once: true });
  }

  /** As in the connection string. */
  get address(): string {
    return this.#book.bootstrap.join(', ');
  }

  /** Makes a call; everything that is made in one callback (gathered: in one turn) leaves in one write. */
  call(method: string, args: readonly unknown[], settings: CallSettings): Promise<unknown> {
    const what = `${method}()`;
    return this.#begin(what, settings, {}, (now) => this.#start(now, what, method, args, settings));
  }

  /** Makes a call by which this program may come to own something. */
  acquire(
    method: string,
    args: readonly unknown[],
    settings: CallSettings,
  ): Promise<{ readonly value: unknown; readonly hold: Hold | undefined }> {
    const what = `${method}()`;
    let hold: Hold | undefined;
    const owns = (owned: OwnedCall): void => {
      hold = this.#ownerships.add(owned);
    };
    return this.#begin(what, settings, { owns }, (now) =>
      this.#start(now, what, method, args, settings),
    ).then((value) => ({ value, hold }));
  }

  /** What was acquired is given back: nobody need hear when it is lost. */
  forget(hold: Hold): void {
    this.#ownerships.remove(hold);
  }

  /** Nobody counts on it any more: it goes back by itself, as soon as a majority is there. */
  giveBack(hold: Hold): void {
    this.forget(hold);
    this.#session.giveBack(hold.name);
    this.#soon();
  }

  #start(
    now: number,
    what: string,
    method: string,
    args: readonly unknown[],
    { fence, maxLagMs, read: consistency, timeoutMs, waitMs }: CallSettings,
  ): CallId {
    const command = encode(what, method, args);
    const deadline = now + timeoutMs;
    const waitDeadline = now + waitMs;
    const request = { method, command, consistency, deadline, waitDeadline, maxLagMs, fence };
    return this.#session.call(now, request);
  }

  outcome(requestId: string, settings: CallSettings): Promise<CallOutcome> {
    const outcome = this.#begin('outcome()', settings, { requestId }, (now) =>
      this.#session.resolve(now, { requestId, deadline: now + settings.timeoutMs }),
    );
    return outcome as Promise<CallOutcome>;
  }

  /** Sends what was gathered; resolves when every call made so far has ended, however it did. */
  flush(): Promise<void> {
    if (this.#waiters.size === 0) return Promise.resolve();
    this.#turn();
    return new Promise((resolve) => {
      this.#flushes.push({ upTo: this.#lastId, left: this.#waiters.size, resolve });
    });
  }

  /** Lets calls under way finish for a while, ends the session and the connection. Never rejects. */
  close(): Promise<void> {
    this.#close(CLOSE_GRACE_MS, { code: 'CLOSED', message: 'the proxy was closed meanwhile' });
    return this.#closing?.promise ?? Promise.resolve();
  }

  #begin(
    what: string,
    { signal }: CallSettings,
    { owns, requestId }: Pick<Waiter, 'requestId' | 'owns'>,
    start: (now: number) => CallId,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#refuseWhenOver(what);
      if (signal?.aborted === true) {
        throw abortError(
          `${what}: the signal was aborted before the call`,
          signal.reason,
          undefined,
        );
      }
      const id = start(clock());
      this.#lastId = id;
      this.#waiters.set(id, { what, signal, requestId, owns, resolve, reject });
      if (signal !== undefined) this.#watch.add(signal, id);
      if (this.#mode === 'gathered') this.#later();
      else this.#soon();
    });
  }

  /** Ends the turn when every callback of this turn of the event loop is done. */
  #later(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    setImmediate(() => {
      this.#gathering = false;
      this.#turn();
    });
  }

  #refuseWhenOver(what: string): void {
    if (this.#defect !== undefined) throw this.#defect;
    if (this.#closing === undefined && !this.#closed) return;
    const cause: unknown = this.#signal?.aborted === true ? this.#signal.reason : undefined;
    const details = { outcome: 'not-applied', cause } as const;
    throw new ConCoordError('CLOSED', `${what}: the proxy was closed`, details);
  }

  #close(graceMs: number, reason: GiveUp): void {
    if (this.#closed || this.#defect !== undefined) return;
    if (this.#closing === undefined) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((resolved) => (resolve = resolved));
      this.#closing = { promise, resolve };
    }
    this.#session.close(clock(), graceMs, reason);
    this.#soon();
  }

  readonly #closeAborted = (): void => {
    this.#close(0, { code: 'ABORTED', message: 'the signal of the proxy was aborted' });
  };

  #aborted(ids: readonly CallId[]): void {
    const now = clock();
    for (const id of ids) {
      this.#session.giveUp(now, id, { code: 'ABORTED', message: 'the call was aborted' });
    }
    this.#soon();
  }

  /** Ends the turn when the running callback, and everything it resolved, is done. */
  #soon(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    process.nextTick(() => {
      this.#turnPlanned = false;
      this.#turn();
    });
  }

  #turn(input?: (now: number) => void): void {
    if (this.#defect !== undefined) return;
    try {
      const now = clock();
      input?.(now);
      for (const effect of this.#session.turn(now, Date.now())) this.#perform(effect);
    } catch (error) {
      this.#fail(error);
    }
    this.#arm();
  }

  #perform(effect: SessionEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.#connect(effect.link, effect.address);
        return;
      case 'disconnect':
        this.#socket?.socket.end();
        this.#socket = undefined;
        return;
      case 'send':
        this.#socket?.socket.send(effect.requests);
        return;
      case 'ping':
        this.#socket?.socket.ping();
        return;
      case 'settled':
        this.#settle(effect.id, effect.settlement);
        return;
      case 'lost':
        // Whoever counted on it stops here; the replicas may still take it for owned.
        for (const name of this.#ownerships.lose(effect.sequences, effect.reason)) {
          this.#session.giveBack(name);
          this.#soon();
        }
        return;
      case 'closed':
        this.#closed = true;
        this.#ownerships.loseAll(ENDED);
        this.#signal?.removeEventListener('abort', this.#closeAborted);
        this.#closing?.resolve();
    }
  }

  #connect(link: LinkId, address: string): void {
    const endpoints = this.#book.open(address);
    const instance = this.#session.instance ?? '';
    const socket = new ReplicaSocket(
      { endpoints, instance, library: `concoord ${VERSION}`, token: this.#token },
      {
        greeted: (welcome) => this.#greeted(link, welcome),
        responses: (list) => this.#turn((now) => this.#session.received(now, link, list)),
        moved: () => this.#session.heard(clock(), link),
        refused: (reason) => this.#turn((now) => this.#session.refused(now, link, reason)),
        missing: (why) => this.#turn((now) => this.#session.missing(now, link, why)),
        ended: (why) => this.#turn((now) => this.#session.disconnected(now, link, why)),
      },
    );
    socket.hold(this.#holds);
    this.#socket = { link, socket };
  }

  #greeted(link: LinkId, welcome: Welcome): void {
    const { instance, generation, view, id, leader, methods } = welcome;
    this.#book.greeted();
    const reads = new Set(methods.filter(({ read }) => read).map(({ name }) => name));
    const leads = leader?.id === id;
    const greeting = { instance, generation, view, leads, leader: leader?.address, reads };
    this.#turn((now) => this.#session.connected(now, link, greeting));
  }

  #settle(id: CallId, settlement: Settlement): void {
    const waiter = this.#waiters.get(id);
    if (waiter === undefined) return;
    try {
      this.#tell(waiter, settlement);
    } catch (error) {
      waiter.reject(error);
    }
    this.#forget(id, waiter);
  }

  #tell(waiter: Waiter, settlement: Settlement): void {
    switch (settlement.kind) {
      case 'result': {
        const result = readResult(settlement.result);
        if (settlement.owned !== undefined) waiter.owns?.(settlement.owned);
        if (result.kind === 'returned') waiter.resolve(result.value);
        else waiter.reject(located(result.error, waiter.what));
        return;
      }
      case 'fate':
        waiter.resolve(outcomeOf(settlement.fate, waiter.requestId ?? ''));
        return;
      case 'failed':
        waiter.reject(errorOf(waiter, settlement.failure, this.#signal));
    }
  }

  #forget(id: CallId, { signal }: Waiter): void {
    this.#waiters.delete(id);
    if (signal !== undefined) this.#watch.remove(signal, id);
    for (const flush of this.#flushes) {
      if (id <= flush.upTo && --flush.left === 0) flush.resolve();
    }
    if (this.#flushes.length > 0) this.#flushes = this.#flushes.filter(({ left }) => left > 0);
  }

  /** Sets the timer, and decides whether this proxy keeps the program running. */
  #arm(): void {
    const at = this.#defect === undefined ? this.#session.wakeAt : Infinity;
    if (this.#timer !== undefined && (at < this.#timer.at || at === Infinity)) {
      clearTimeout(this.#timer.handle);
      this.#timer = undefined;
    }
    this.#holds = this.#waiters.size > 0 || (this.#closing !== undefined && !this.#closed);
    if (this.#timer === undefined && at !== Infinity) {
      const delay = Math.min(Math.max(0, Math.ceil(at - clock())), MOST_TIMER_MS);
      const handle = setTimeout(() => {
        this.#timer = undefined;
        this.#turn();
      }, delay);
      this.#timer = { handle, at };
    }
    if (this.#holds) this.#timer?.handle.ref();
    else this.#timer?.handle.unref();
    this.#socket?.socket.hold(this.#holds);
    if (!this.#holds && !this.#session.isNeeded) this.#book.stop();
  }

  /** Nothing can be trusted any more: whoever waits learns why. */
  #fail(defect: unknown): void {
    this.#defect = defect;
    this.#socket?.socket.end();
    this.#socket = undefined;
    for (const [id, waiter] of [...this.#waiters]) {
      waiter.reject(defect);
      this.#forget(id, waiter);
    }
    this.#closed = true;
    this.#ownerships.loseAll(ENDED);
    this.#closing?.resolve();
  }
}

/** Whole milliseconds of a clock that never goes back. */
function clock(): number {
  return Math.trunc(performance.now());
}
