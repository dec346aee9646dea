import { ByteReader, ByteWriter } from '../base/index.ts';
import { REPLY } from './client.ts';
import { readGrant } from './outcome.ts';
import type { Grant } from './outcome.ts';

/** Replies that say no more than what became of the request. */
export const CANCELLED = Uint8Array.of(REPLY.cancelled);
export const NEVER = Uint8Array.of(REPLY.resolvedNever);
export const FORGOTTEN = Uint8Array.of(REPLY.forgotten);
export const UNKNOWN = Uint8Array.of(REPLY.resolvedUnknown);
export const LAPSED = Uint8Array.of(REPLY.lapsed);
/** The same of a call that has had an effect. A former client reads the first byte alone. */
export const LAPSED_STANDS = Uint8Array.of(REPLY.lapsed, 1);
export const STALE = Uint8Array.of(REPLY.stale);

/** The reply to a `resolve` whose target was applied. */
export function resolvedReply(target: Uint8Array): Uint8Array {
  if (target[0] === REPLY.lapsed && target.length > 1) return FORGOTTEN;
  if (target[0] === REPLY.cancelled || target[0] === REPLY.lapsed || target[0] === REPLY.stale) {
    return NEVER;
  }
  if (target[0] === REPLY.granted) {
    const reader = new ByteReader(target.subarray(1));
    readGrant(reader);
    return resolvedReply(resultReply(reader.rest()));
  }
  // The answer to a question about a question is the answer itself: it must not grow with each.
  if (target[0] !== REPLY.result) return target;
  const reply = new Uint8Array(target.length + 1);
  reply[0] = REPLY.resolvedReply;
  reply.set(target, 1);
  return reply;
}

/** Whether a call with this reply may have been given something, which it may still own. */
export function saysThatItMayOwn(reply: Uint8Array): boolean {
  return reply[0] === REPLY.granted || reply[0] === REPLY.forgotten;
}

/** The reply to an executed call. */
export function resultReply(result: Uint8Array, grant?: Grant): Uint8Array {
  if (grant !== undefined) {
    const writer = new ByteWriter(result.length + 24).u8(REPLY.granted);
    return writer.varint(grant.slot).varint(grant.index).raw(result).finish();
  }
  const reply = new Uint8Array(result.length + 1);
  reply[0] = REPLY.result;
  reply.set(result, 1);
  return reply;
}
