import { assert, ByteReader, ByteWriter, limits, MalformedBytes } from '../base/index.ts';
import { ZERO_BALLOT } from './ballot.ts';
import type { Ballot, Slot } from './ballot.ts';
import { readBallot, writeBallot } from './ballot-format.ts';
import type { View } from './view.ts';
import { readView, writeView } from './view-format.ts';

/**
 * What a slot decides. It is encoded once, by the leader that proposes it, and travels as these bytes to
 * the acceptors, their disks, and late replicas: the format belongs to the protocol, because the rolling
 * digest covers it. First byte: version; second: kind.
 */
export type Entry = Uint8Array;

export const ENTRY_VERSION = 1;

const KIND = { noop: 0, batch: 1, view: 2, skip: 3, firm: 4, begin: 5 } as const;

/** Fills a gap. */
export const NOOP: Entry = Uint8Array.of(ENTRY_VERSION, KIND.noop);

/** A session is named by a number that the log assigned; 0 names none. */
export type SessionNumber = number;

/** A session and a sequence number in it: the identity of a call, whatever is retried. */
export interface RequestName {
  readonly session: SessionNumber;
  readonly sequence: number;
}

/** What every numbered request of a session carries. */
export interface Numbered {
  readonly session: SessionNumber;
  /** 1, 2, 3, … in the order in which the client made its calls; applied in this order. */
  readonly sequence: number;
  /** The client has every reply below this sequence number. */
  readonly lowWater: number;
  /** Replies above `lowWater` that the client has too (calls finish out of order). */
  readonly received: readonly number[];
}

export type Item =
  /** Creates a session for an id that the client chose; repeated, it finds the same session. */
  | { readonly kind: 'open'; readonly client: Uint8Array; readonly leaseMs?: number }
  /**
   * A method call, opaque to the protocol. With a fence it is refused when a greater one was seen before.
   */
  | ({ readonly kind: 'call'; readonly command: Uint8Array; readonly fence?: bigint } & Numbered)
  /** Takes the place of a call that its caller gave up: the call never happens, or its result stands. */
  | ({ readonly kind: 'cancel' } & Numbered)
  /** Asks for the fate of a call of any session: its result, or that it never happens. */
  | ({ readonly kind: 'resolve'; readonly target: RequestName } & Numbered)
  /**
   * Undoes a call of this session, whose caller gave it up: it waits no more, and what it was given goes
   * back. Where that cannot be, its result stands.
   */
  | ({ readonly kind: 'withdraw'; readonly callSequence: number } & Numbered)
  /**
   * The client has every reply below `lowWater`, and nothing to ask for that would say so. It has no number:
   * it may be lost, repeated or late, like every acknowledgement.
   */
  | { readonly kind: 'acknowledge'; readonly session: SessionNumber; readonly lowWater: number }
  | { readonly kind: 'close'; readonly session: SessionNumber }
  /** Proposed by a leader that has not heard of these sessions for the lifetime of request records. */
  | { readonly kind: 'expire'; readonly sessions: readonly SessionNumber[] }
  /** Proposed by a leader that has not heard of these sessions for longer than their leases. */
  | { readonly kind: 'lapse'; readonly sessions: readonly SessionNumber[] }
  /** Proposed by a leader when a call has waited for as long as it may. */
  | { readonly kind: 'timeout'; readonly call: RequestName }
  /**
   * Put behind a recovered log: all sessions up to this number end, and none gets such a number any more. The
   * log may have lost some that were opened, and requests that their clients know to have been applied.
   */
  | { readonly kind: 'era'; readonly above: SessionNumber };

const ITEM = {
  open: 1,
  call: 2,
  cancel: 3,
  resolve: 4,
  close: 5,
  expire: 6,
  era: 7,
  acknowledge: 8,
  withdraw: 9,
  lapse: 10,
  timeout: 11,
  fencedCall: 12,
  leasedOpen: 13,
} as const;

/** The kind of an item in bytes: two of them are followed by something that others are without. */
function codeOf(item: Item): number {
  if (item.kind === 'call' && item.fence !== undefined) return ITEM.fencedCall;
  if (item.kind === 'open' && item.leaseMs !== undefined) return ITEM.leasedOpen;
  return ITEM[item.kind];
}

/** The sessions of a generation have numbers above this one. */
export function eraOf(generation: number): SessionNumber {
  assert(generation < limits.MAX_GENERATIONS, 'generations leave room for numbers of sessions');
  return generation * 2 ** 40;
}

/** Length of the id that a client chooses for its session. */
export const CLIENT_ID_BYTES = 16;

export interface Batch {
  readonly kind: 'batch';
  /** The leader's clock, ms since 1970, never less than in an earlier slot: what objects see as time. */
  readonly time: number;
  /** Seeds the dice of the objects. */
  readonly seed: number;
  readonly items: readonly Item[];
}

export type Content =
  | { readonly kind: 'noop' }
  | Batch
  | { readonly kind: 'view'; readonly view: View }
  /** A leader of that ballot is in office. */
  | { readonly kind: 'begin'; readonly ballot: Ballot }
  /**
   * A call of an earlier slot is not executed, because a majority cannot finish it. It says nothing behind
   * the begin of a leadership that is later than its own.
   */
  | ({ readonly kind: 'skip'; readonly ballot: Ballot } & CallPlace)
  /** No skip behind this entry takes out a call up to that slot: clients may hear what came of it. */
  | { readonly kind: 'firm'; readonly through: Slot };

/** What the log says of calls that some cannot finish (docs/protocol.md, Safety 11). */
export type Fate = Extract<Content, { kind: 'begin' | 'skip' | 'firm' }>;

/** A call by its place in the log. */
export interface CallPlace {
  readonly slot: Slot;
  /** Position within the slot. */
  readonly index: number;
}

export function encodeItem(item: Item): Uint8Array {
  const writer = new ByteWriter(item.kind === 'call' ? item.command.length + 48 : 64);
  writer.u8(codeOf(item));
  switch (item.kind) {
    case 'open':
      assert(item.client.length === CLIENT_ID_BYTES, 'a client id has 16 bytes');
      writer.raw(item.client);
      if (item.leaseMs !== undefined) writer.varint(item.leaseMs);
      return writer.finish();
    case 'call':
      writeNumbered(writer, item);
      if (item.fence !== undefined) writeFence(writer, item.fence);
      return writer.bytes(item.command).finish();
    case 'withdraw':
      return writeNumbered(writer, item).varint(item.callSequence).finish();
    case 'timeout':
      return writer.varint(item.call.session).varint(item.call.sequence).finish();
    case 'cancel':
      return writeNumbered(writer, item).finish();
    case 'resolve':
      writeNumbered(writer, item).varint(item.target.session).varint(item.target.sequence);
      return writer.finish();
    case 'acknowledge':
      return writer.varint(item.session).varint(item.lowWater).finish();
    case 'close':
      return writer.varint(item.session).finish();
    case 'expire':
    case 'lapse':
      writer.varint(item.sessions.length);
      for (const session of item.sessions) writer.varint(session);
      return writer.finish();
    case 'era':
      return writer.varint(item.above).finish();
  }
}

function writeNumbered(writer: ByteWriter, item: Numbered): ByteWriter {
  writer
    .varint(item.session)
    .varint(item.sequence)
    .varint(item.lowWater)
    .varint(item.received.length);
  for (const sequence of item.received) writer.varint(sequence);
  return writer;
}

/** Reads one item; throws `MalformedBytes` on anything that `encodeItem` would not write. */
export function readItem(reader: ByteReader): Item {
  const kind = reader.u8();
  switch (kind) {
    case ITEM.open:
      return { kind: 'open', client: reader.raw(CLIENT_ID_BYTES) };
    case ITEM.leasedOpen:
      return { kind: 'open', client: reader.raw(CLIENT_ID_BYTES), leaseMs: readLease(reader) };
    case ITEM.call:
    case ITEM.fencedCall: {
      // By name: spreads are slow, and every replica reads every call.
      const { session, sequence, lowWater, received } = readNumbered(reader);
      const fence = kind === ITEM.call ? undefined : readFence(reader);
      const command = reader.bytes();
      if (command.length > limits.MAX_COMMAND_BYTES) throw new MalformedBytes('command too long');
      const call: Item = { kind: 'call', session, sequence, lowWater, received, command };
      return fence === undefined ? call : { ...call, fence };
    }
    case ITEM.withdraw: {
      const numbered = readNumbered(reader);
      const callSequence = reader.varint();
      if (callSequence < 1 || callSequence >= numbered.sequence) {
        throw new MalformedBytes('withdraws nothing that was called before');
      }
      return { kind: 'withdraw', ...numbered, callSequence };
    }
    case ITEM.timeout:
      return {
        kind: 'timeout',
        call: { session: reader.varint(), sequence: reader.varint() },
      };
    case ITEM.cancel:
      return { kind: 'cancel', ...readNumbered(reader) };
    case ITEM.resolve: {
      const numbered = readNumbered(reader);
      return {
        kind: 'resolve',
        ...numbered,
        target: { session: reader.varint(), sequence: reader.varint() },
      };
    }
    case ITEM.acknowledge:
      return { kind: 'acknowledge', session: reader.varint(), lowWater: reader.varint() };
    case ITEM.close:
      return { kind: 'close', session: reader.varint() };
    case ITEM.expire:
      return { kind: 'expire', sessions: readSessions(reader) };
    case ITEM.lapse:
      return { kind: 'lapse', sessions: readSessions(reader) };
    case ITEM.era:
      return { kind: 'era', above: reader.varint() };
    default:
      throw new MalformedBytes(`unknown item ${kind}`);
  }
}

function readSessions(reader: ByteReader): SessionNumber[] {
  const sessions: SessionNumber[] = [];
  for (let left = reader.count(); left > 0; left--) sessions.push(reader.varint());
  return sessions;
}

function readLease(reader: ByteReader): number {
  const leaseMs = reader.varint();
  if (leaseMs < limits.MIN_LEASE_MS || leaseMs > limits.MAX_LEASE_MS) {
    throw new MalformedBytes(`a lease of ${leaseMs} ms`);
  }
  return leaseMs;
}

function writeFence(writer: ByteWriter, fence: bigint): void {
  assert(fence >= 0n && fence < 1n << 63n, 'a fence has 63 bits');
  writer.u32(Number(fence >> 32n)).u32(Number(fence & 0xffff_ffffn));
}

function readFence(reader: ByteReader): bigint {
  const fence = (BigInt(reader.u32()) << 32n) | BigInt(reader.u32());
  if (fence >= 1n << 63n) throw new MalformedBytes('a fence of more than 63 bits');
  return fence;
}

function readNumbered(reader: ByteReader): Numbered {
  const session = reader.varint();
  const sequence = reader.varint();
  const lowWater = reader.varint();
  if (sequence < 1) throw new MalformedBytes('sequence numbers start at 1');
  if (lowWater > sequence) throw new MalformedBytes('a reply received before its request was made');
  const count = reader.count();
  if (count > limits.SESSION_WINDOW)
    throw new MalformedBytes('more replies received than requested');
  const received: number[] = [];
  for (let left = count; left > 0; left--) received.push(reader.varint());
  return { session, sequence, lowWater, received };
}

/** Makes a batch of items as their clients encoded them. */
export function encodeBatch(time: number, seed: number, items: readonly Uint8Array[]): Entry {
  assert(
    items.length >= 1 && items.length <= limits.MAX_BATCH_ITEMS,
    'a batch has 1 to MAX_BATCH_ITEMS items',
  );
  let size = 32;
  for (const item of items) size += item.length;
  const writer = new ByteWriter(size).u8(ENTRY_VERSION).u8(KIND.batch);
  writer.varint(time).u32(seed).varint(items.length);
  for (const item of items) writer.raw(item);
  return writer.finish();
}

export function encodeView(view: View): Entry {
  const writer = new ByteWriter().u8(ENTRY_VERSION).u8(KIND.view);
  writeView(writer, view);
  return writer.finish();
}

export function encodeBegin(ballot: Ballot): Entry {
  return writeBallot(new ByteWriter().u8(ENTRY_VERSION).u8(KIND.begin), ballot).finish();
}

export function encodeSkip(ballot: Ballot, { slot, index }: CallPlace): Entry {
  const writer = new ByteWriter().u8(ENTRY_VERSION).u8(KIND.skip);
  return writeBallot(writer.varint(slot).varint(index), ballot).finish();
}

export function encodeFirm(through: Slot): Entry {
  return new ByteWriter().u8(ENTRY_VERSION).u8(KIND.firm).varint(through).finish();
}

/** What an entry says of the fate of calls, if it does; without decoding batches. */
export function readFate(entry: Entry): Fate | undefined {
  const kind = entry[1];
  if (kind !== KIND.skip && kind !== KIND.firm && kind !== KIND.begin) return undefined;
  const content = decodeEntry(entry);
  const { kind: name } = content;
  return name === 'skip' || name === 'firm' || name === 'begin' ? content : undefined;
}

/** A view changes who may vote after its slot, so a leader must know it without decoding batches. */
export function isViewEntry(entry: Entry): boolean {
  return entry[1] === KIND.view;
}

/** Decodes an entry; throws `MalformedBytes` on anything that the encoders would not write. */
export function decodeEntry(entry: Entry): Content {
  const reader = new ByteReader(entry);
  const version = reader.u8();
  if (version !== ENTRY_VERSION) throw new MalformedBytes(`entry of version ${version}`);
  const kind = reader.u8();
  const content = readContent(reader, kind);
  reader.end();
  return content;
}

function readContent(reader: ByteReader, kind: number): Content {
  switch (kind) {
    case KIND.noop:
      return { kind: 'noop' };
    case KIND.batch: {
      const time = reader.varint();
      const seed = reader.u32();
      const items: Item[] = [];
      for (let left = reader.count(2); left > 0; left--) items.push(readItem(reader));
      return { kind: 'batch', time, seed, items };
    }
    case KIND.view:
      return { kind: 'view', view: readView(reader) };
    case KIND.skip:
      return {
        kind: 'skip',
        slot: reader.varint(),
        index: reader.varint(),
        // Logs that are older than the entries by which leaderships begin have none.
        ballot: reader.remaining > 0 ? readBallot(reader) : ZERO_BALLOT,
      };
    case KIND.begin:
      return { kind: 'begin', ballot: readBallot(reader) };
    case KIND.firm:
      return { kind: 'firm', through: reader.varint() };
    default:
      throw new MalformedBytes(`entry of kind ${kind}`);
  }
}

/**
 * Whether the entry is a change of another view than this one: its proposer took an earlier view to
 * govern the slot, whose change was decided below it later on. Nobody counts votes for it (Safety 5), and
 * it fits nowhere.
 */
export function endsAnotherView(entry: Entry, view: View): boolean {
  if (!isViewEntry(entry)) return false;
  const content = decodeEntry(entry);
  return content.kind === 'view' && content.view.epoch !== view.epoch + 1;
}
