import { ByteReader, ConCoordError, MalformedBytes } from '../base/index.ts';
import { readGrant, REPLY } from '../paxos/index.ts';
import type { RequestName, Slot } from '../paxos/index.ts';
import { encodeResult } from '../wire/index.ts';
import type { Failure, Fate, GiveUp, OwnedCall, Settlement } from './types.ts';
import type { Ask } from './window.ts';

const NOT_READ = encodeResult({ kind: 'notRead' });

/** The executor's way to say that what was asked as a read may write. */
export function isNotRead(result: Uint8Array): boolean {
  return sameBytes(result, NOT_READ);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

const LAPSED: GiveUp = {
  code: 'LEASE_EXPIRED',
  message: 'the replicas had not heard of this program for longer than its lease',
};
/** The same of a call that has had an effect before it waited. */
const LAPSED_STANDS: GiveUp = {
  ...LAPSED,
  remedy:
    'It has given up its lock, or broken its barrier: look at the object before you call again.',
};
const GONE: GiveUp = {
  code: 'RESULT_GONE',
  message: 'the call was applied, and its result is not kept any more',
};
const STALE: GiveUp = {
  code: 'STALE_FENCE',
  message: 'a call with a greater fence has come before',
};

/** Reads a reply as it is stored with the session; throws `MalformedBytes` on anything else. */
export function readReply(reply: Uint8Array): Fate {
  const rest = reply.subarray(1);
  switch (reply[0]) {
    case REPLY.result:
      return { kind: 'applied', result: rest };
    case REPLY.granted: {
      const reader = new ByteReader(rest);
      const grant = readGrant(reader);
      return { kind: 'applied', result: reader.rest(), grant };
    }
    case REPLY.lapsed:
      return rest.length > 0
        ? { kind: 'forgotten', why: LAPSED_STANDS }
        : { kind: 'never', why: LAPSED };
    case REPLY.stale:
      return { kind: 'never', why: STALE };
    case REPLY.cancelled:
    case REPLY.resolvedNever:
      return { kind: 'never' };
    case REPLY.resolvedReply:
      return readResolved(rest);
    case REPLY.forgotten:
      return { kind: 'forgotten' };
    case REPLY.resolvedUnknown:
      return { kind: 'unknown' };
    default:
      throw new MalformedBytes(`unknown reply ${reply[0]}`);
  }
}

/** The target's reply: it may itself be a resolve's, of which only the fact matters that it happened. */
function readResolved(target: Uint8Array): Fate {
  switch (target[0]) {
    case REPLY.result:
      return { kind: 'applied', result: target.subarray(1) };
    case REPLY.cancelled:
      return { kind: 'never' };
    default:
      return { kind: 'forgotten' };
  }
}

/** A call that came to nothing, as far as anybody knows. */
export function failed(
  reason: GiveUp,
  outcome: Failure['outcome'],
  requestId: string | undefined,
): Settlement {
  return { kind: 'failed', failure: { ...reason, outcome, requestId } };
}

/** What a reply means for whoever made the request. */
export function settlementOf(
  kind: Ask['kind'],
  slot: Slot,
  fate: Fate,
  owned?: OwnedCall,
): Settlement {
  if (kind !== 'call') return { kind: 'fate', fate };
  if (fate.kind === 'applied') {
    const result = { kind: 'result', slot, result: fate.result } as const;
    return owned === undefined ? result : { ...result, owned };
  }
  if (fate.kind === 'never' && fate.why !== undefined) {
    const failure = { ...fate.why, outcome: 'not-applied', requestId: undefined } as const;
    return { kind: 'failed', failure };
  }
  if (fate.kind === 'forgotten') {
    const { why = GONE } = fate;
    return { kind: 'failed', failure: { ...why, outcome: 'applied', requestId: undefined } };
  }
  // Only a `resolve` of somebody else forbids a call that its caller still waits for.
  const message = 'the call was ruled out by outcome() before it was applied';
  const failure = {
    code: 'ABORTED',
    message,
    outcome: 'not-applied',
    requestId: undefined,
  } as const;
  return { kind: 'failed', failure };
}

export interface RequestId extends RequestName {
  readonly instance: string;
}

/** `<session>-<sequence>-<instance>`: names a request for everybody, for ever. */
export function formatRequestId({ session, sequence, instance }: RequestId): string {
  return `${session}-${sequence}-${instance}`;
}

export function parseRequestId(text: string): RequestId {
  const match = /^([1-9]\d{0,15})-([1-9]\d{0,15})-(.+)$/s.exec(text);
  const session = Number(match?.[1]);
  const sequence = Number(match?.[2]);
  if (!Number.isSafeInteger(session) || !Number.isSafeInteger(sequence)) {
    throw new ConCoordError('INVALID_ARGUMENT', `not a request id: ${JSON.stringify(text)}`);
  }
  return { session, sequence, instance: match?.[3] ?? '' };
}
