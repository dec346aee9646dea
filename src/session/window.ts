import { assert, limits } from '../base/index.ts';
import { encodeItem } from '../paxos/index.ts';
import type {
  ClientRequest,
  Item,
  Moment,
  Numbered,
  RequestName,
  SessionNumber,
} from '../paxos/index.ts';
import type { CallId } from './types.ts';

/** Bytes of numbered requests that are under way at once; a single larger one goes alone. */
export const WINDOW_BYTES = 4 * 1024 * 1024;
/** Bytes of replies that are not worth an entry in the log: an idle client says nothing of them. */
export const ACKNOWLEDGE_BYTES = 16 * 1024;

/** Of the places in the window, those that calls leave free for what undoes calls that wait. */
export const UNDO_ROOM = 64;
/** Those that are left, when most others are taken by calls that wait, to calls that have never waited. */
export const WAKE_ROOM = 64;
/** So many calls may wait before others that would wait as well are refused. */
export const MOST_WAITING = 768;

/** How long nothing of the session is outstanding before it acknowledges what it has. */
export const IDLE_MS = 1000;

/** What a numbered request asks for. */
export type Ask =
  | { readonly kind: 'call'; readonly command: Uint8Array; readonly fence?: bigint | undefined }
  /** Undo a call of this session. */
  | { readonly kind: 'withdraw'; readonly callSequence: number }
  | { readonly kind: 'resolve'; readonly target: RequestName };

/** A numbered request that has no reply yet. It was handed to a connection at least once. */
interface Open {
  readonly sequence: number;
  readonly lowWater: number;
  readonly received: readonly number[];
  request: ClientRequest;
  bytes: number;
  /** Who waits for it; undefined once its caller has given up. */
  caller: CallId | undefined;
  readonly kind: Ask['kind'];
  /** When it was sent first. */
  readonly sent: Moment;
  /** It was executed, and waits in the object. */
  waits: boolean;
}

/** A request that a reply has ended. */
export interface Ended {
  readonly sequence: number;
  readonly sent: Moment;
  readonly kind: Ask['kind'];
  readonly caller: CallId | undefined;
  /** It is known here that it waited. */
  readonly waits: boolean;
}

/**
 * The numbered requests of one session. Each gets its sequence number, and the bytes in which it enters
 * the log, when it is first sent. Every finished request is acknowledged: by `lowWater`, or once by name
 * in `received` of a later request, which is enough because requests are applied each once and in order.
 * So a replica never keeps more replies than this window has places.
 */
export class Window {
  readonly session: SessionNumber;
  #next = 1;
  #lowWater = 1;
  /** In the order of sequence numbers, because they are added in it and only replaced in place. */
  readonly #open = new Map<number, Open>();
  #callers = 0;
  /** Requests that wait in the object, and those of them that somebody here waits for. */
  #waiting = 0;
  #waitingCallers = 0;
  #bytes = 0;
  /** Finished above the low-water mark, and not yet told. */
  #untold: number[] = [];
  /** Bytes of the replies that finished since a request acknowledged any. */
  #untoldBytes = 0;
  #repliedAt = 0;

  constructor(session: SessionNumber) {
    this.session = session;
  }

  /** Requests without a reply, whether or not somebody waits. */
  get size(): number {
    return this.#open.size;
  }

  /** Requests that a caller waits for. */
  get callers(): number {
    return this.#callers;
  }

  /** Requests that are not known to be executed. */
  get pending(): number {
    return this.#open.size - this.#waiting;
  }

  /** The callers of these. */
  get pendingCallers(): number {
    return this.#callers - this.#waitingCallers;
  }

  /** Requests that wait in the object. */
  get waitingCount(): number {
    return this.#waiting;
  }

  /** The last sequence number given; 0 when none was. */
  get last(): number {
    return this.#next - 1;
  }

  /** Bytes of replies that the replicas may keep though they are here. */
  get untoldBytes(): number {
    return this.#untoldBytes;
  }

  /** Most places are taken by calls that wait: what might wake one of them must not stand behind another. */
  get isCrowded(): boolean {
    return this.#waiting >= MOST_WAITING;
  }

  /** Whether a call finds room: not where it would take the last from those who give up, or wake others. */
  hasRoomFor(bytes: number): boolean {
    const kept = UNDO_ROOM + (this.isCrowded ? 0 : WAKE_ROOM);
    if (this.#open.size >= limits.SESSION_WINDOW - kept) return false;
    return this.#open.size === 0 || this.#bytes + bytes <= WINDOW_BYTES;
  }

  get isFull(): boolean {
    return this.#open.size >= limits.SESSION_WINDOW;
  }

  has(sequence: number): boolean {
    return this.#open.has(sequence);
  }

  /** Numbers and encodes a request; returns its sequence number and what to send. */
  add(
    ask: Ask,
    caller: CallId | undefined,
    sent: Moment,
  ): { readonly sequence: number; readonly request: ClientRequest } {
    assert(this.#open.size < limits.SESSION_WINDOW, 'a session has at most a window of requests');
    const sequence = this.#next++;
    const lowWater = this.#lowWaterUpTo(sequence);
    const received = this.#untold.filter((done) => done >= lowWater);
    this.#toldAll();
    assert(received.length <= limits.SESSION_WINDOW, 'a request acknowledges at most a window');
    const request = itemRequest(
      itemOf(ask, { session: this.session, sequence, lowWater, received }),
    );
    const bytes = request.bytes.length;
    this.#open.set(sequence, {
      sequence,
      lowWater,
      received,
      request,
      bytes,
      caller,
      kind: ask.kind,
      sent,
      waits: false,
    });
    if (caller !== undefined) this.#callers++;
    this.#bytes += bytes;
    return { sequence, request };
  }

  /**
   * The caller gives up. A call is replaced by a `cancel` of the same sequence number and the same
   * acknowledgements, since either of the two may be the one that is applied. Returns what to send.
   */
  abandon(sequence: number): ClientRequest | undefined {
    const open = this.#open.get(sequence);
    assert(open?.caller !== undefined, 'only a call that somebody waits for can be given up');
    open.caller = undefined;
    this.#callers--;
    if (open.waits) this.#waitingCallers--;
    if (open.kind !== 'call') return undefined;
    const { lowWater, received } = open;
    const request = itemRequest({
      kind: 'cancel',
      session: this.session,
      sequence,
      lowWater,
      received,
    });
    this.#bytes += request.bytes.length - open.bytes;
    open.bytes = request.bytes.length;
    open.request = request;
    return request;
  }

  /** The replica has executed it, and it waits. Returns who waits here; undefined when that is known. */
  waits(sequence: number): { readonly caller: CallId | undefined } | undefined {
    const open = this.#open.get(sequence);
    if (open === undefined || open.waits || open.kind !== 'call') return undefined;
    open.waits = true;
    this.#waiting++;
    if (open.caller !== undefined) this.#waitingCallers++;
    return { caller: open.caller };
  }

  /** The reply to `sequence` has come, of so many bytes; undefined when it had come before. */
  end(sequence: number, bytes: number, now = 0): Ended | undefined {
    const open = this.#open.get(sequence);
    if (open === undefined) return undefined;
    this.#open.delete(sequence);
    this.#bytes -= open.bytes;
    if (open.caller !== undefined) this.#callers--;
    if (open.waits) {
      this.#waiting--;
      if (open.caller !== undefined) this.#waitingCallers--;
    }
    this.#repliedAt = now;
    this.#untold.push(sequence);
    this.#untoldBytes += bytes;
    return open;
  }

  /**
   * When an idle client says which replies it has, once. Others say so in their next request; the replies of
   * one that makes none would stay in every snapshot.
   */
  acknowledgeAt(worthBytes = ACKNOWLEDGE_BYTES): number {
    const isDue = this.#open.size === 0 && this.#untoldBytes > worthBytes;
    return isDue ? this.#repliedAt + IDLE_MS : Infinity;
  }

  /**
   * Acknowledges everything without a request that does so. When this gets lost the next request still says
   * the same, by its low-water mark.
   */
  acknowledge(): ClientRequest {
    assert(this.#open.size === 0, 'a client that waits for nothing has every reply');
    this.#toldAll();
    const lowWater = this.#lowWaterUpTo(this.#next);
    return itemRequest({ kind: 'acknowledge', session: this.session, lowWater });
  }

  /** Everything without a reply from `from` on, in order. */
  from(from: number): ClientRequest[] {
    const requests: ClientRequest[] = [];
    let last = 0;
    for (const open of this.#open.values()) {
      assert(open.sequence > last, 'requests are sent in the order of their sequence numbers');
      last = open.sequence;
      if (open.sequence >= from) requests.push(open.request);
    }
    return requests;
  }

  /** Sequence numbers that somebody waits for, in order. */
  *waiting(): IterableIterator<{ readonly sequence: number; readonly caller: CallId }> {
    for (const { sequence, caller } of this.#open.values()) {
      if (caller !== undefined) yield { sequence, caller };
    }
  }

  #toldAll(): void {
    this.#untold = [];
    this.#untoldBytes = 0;
  }

  /** The sequence number below which every reply is here, at most `most`. */
  #lowWaterUpTo(most: number): number {
    while (this.#lowWater < most && !this.#open.has(this.#lowWater)) this.#lowWater++;
    return this.#lowWater;
  }
}

/** Most are calls without a fence: they get by without a spread, which is slow. */
function itemOf(ask: Ask, numbered: Numbered): Item {
  const { session, sequence, lowWater, received } = numbered;
  switch (ask.kind) {
    case 'call': {
      const { command, fence } = ask;
      const call: Item = { kind: 'call', command, session, sequence, lowWater, received };
      return fence === undefined ? call : { ...call, fence };
    }
    case 'withdraw':
      return { kind: 'withdraw', callSequence: ask.callSequence, ...numbered };
    case 'resolve':
      return { kind: 'resolve', target: ask.target, ...numbered };
  }
}

function itemRequest(item: Item): Extract<ClientRequest, { kind: 'item' }> {
  return { kind: 'item', item, bytes: encodeItem(item) };
}
