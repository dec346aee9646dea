import { ByteReader, ByteWriter, MalformedBytes } from '../base/index.ts';
import type { RequestName } from './entry.ts';

/**
 * What an executor says of a call or an event that changed something for others. A call that did not is
 * answered by its result alone, which begins with another byte.
 */
export interface CallOutcome {
  /** What the caller receives; undefined when it waits, and for events. */
  readonly result?: Uint8Array | undefined;
  /** The caller waits: until it is woken, at most so many ms (0 for ever). */
  readonly waitsMs?: number | undefined;
  /** What the caller owns by this call. */
  readonly grant?: Grant | undefined;
  /**
   * Of a `withdrawn` event: the call is over. `undone`: it has had no effect, or has none any more; `ended`:
   * what it had done before it waited stands, such as giving up a lock.
   */
  readonly gaveUp?: 'undone' | 'ended' | undefined;
  /**
   * Of calls that others end, or the end of their session: those that waited, and of which stands what they
   * had done before, as of one that is `ended`.
   */
  readonly stands?: readonly RequestName[] | undefined;
  /** What is freed was lost: nobody gave it back. */
  readonly lost?: boolean | undefined;
  readonly woken: readonly Woken[];
  /** Calls that own something since, and that own nothing any more. */
  readonly gained: readonly RequestName[];
  readonly freed: readonly RequestName[];
}

/** Where something was granted: the later of two grants has the greater slot, or index in the same slot. */
export interface Grant {
  readonly slot: number;
  readonly index: number;
}

/** A caller that waits no more. */
export interface Woken extends RequestName {
  readonly result: Uint8Array;
  readonly grant: Grant | undefined;
}

/** First byte; results begin with 1. */
const OUTCOME = 0xc1;
const FLAG = { result: 1, waits: 2, grant: 4, undone: 8, lost: 16, ended: 32, stands: 64 } as const;

const GIVEN_UP = ['undone', 'ended'] as const;
const GAVE_UP = FLAG.undone | FLAG.ended;

export function encodeOutcome(outcome: CallOutcome): Uint8Array {
  const { freed, gained, gaveUp, grant, lost, result, stands = [], waitsMs, woken } = outcome;
  let size = 64 + (result?.length ?? 0) + 24 * (gained.length + freed.length + stands.length);
  for (const one of woken) size += 64 + one.result.length;
  const writer = new ByteWriter(size).u8(OUTCOME);
  writer.u8(
    (result === undefined ? 0 : FLAG.result) |
      (waitsMs === undefined ? 0 : FLAG.waits) |
      (grant === undefined ? 0 : FLAG.grant) |
      (gaveUp === undefined ? 0 : FLAG[gaveUp]) |
      (lost === true ? FLAG.lost : 0) |
      (stands.length === 0 ? 0 : FLAG.stands),
  );
  if (result !== undefined) writer.bytes(result);
  if (waitsMs !== undefined) writer.varint(waitsMs);
  if (grant !== undefined) writer.varint(grant.slot).varint(grant.index);
  writer.varint(woken.length);
  for (const one of woken) {
    writer.varint(one.session).varint(one.sequence).bytes(one.result);
    writer.u8(one.grant === undefined ? 0 : 1);
    if (one.grant !== undefined) writer.varint(one.grant.slot).varint(one.grant.index);
  }
  writeNames(writer, gained);
  writeNames(writer, freed);
  if (stands.length > 0) writeNames(writer, stands);
  return writer.finish();
}

/** Undefined for a plain result. Throws `MalformedBytes` on anything that `encodeOutcome` would not write. */
export function readOutcome(bytes: Uint8Array): CallOutcome | undefined {
  if (bytes[0] !== OUTCOME) return undefined;
  const reader = new ByteReader(bytes);
  reader.u8();
  const flags = reader.u8();
  if (flags > 127 || (flags & GAVE_UP) === GAVE_UP)
    throw new MalformedBytes(`outcome with flags ${flags}`);
  const result = (flags & FLAG.result) === 0 ? {} : { result: reader.bytes() };
  const waits = (flags & FLAG.waits) === 0 ? {} : { waitsMs: reader.varint() };
  const grant = (flags & FLAG.grant) === 0 ? undefined : readGrant(reader);
  const woken: Woken[] = [];
  for (let left = reader.count(4); left > 0; left--) {
    const name = { session: reader.varint(), sequence: reader.varint() };
    const its = reader.bytes();
    woken.push({ ...name, result: its, grant: reader.u8() === 0 ? undefined : readGrant(reader) });
  }
  const gained = readNames(reader);
  const freed = readNames(reader);
  const stands = (flags & FLAG.stands) === 0 ? {} : { stands: readNames(reader) };
  if (stands.stands?.length === 0) throw new MalformedBytes('nothing that stands');
  reader.end();
  const gaveUp = GIVEN_UP.find((kind) => (flags & FLAG[kind]) !== 0);
  const lost = (flags & FLAG.lost) !== 0;
  return { ...result, ...waits, ...stands, grant, gaveUp, lost, woken, gained, freed };
}

export function readGrant(reader: ByteReader): Grant {
  return { slot: reader.varint(), index: reader.varint() };
}

function writeNames(writer: ByteWriter, names: readonly RequestName[]): void {
  writer.varint(names.length);
  for (const { session, sequence } of names) writer.varint(session).varint(sequence);
}

function readNames(reader: ByteReader): RequestName[] {
  const names: RequestName[] = [];
  for (let left = reader.count(2); left > 0; left--) {
    names.push({ session: reader.varint(), sequence: reader.varint() });
  }
  return names;
}
