import { ConCoordError, MalformedBytes } from '../base/index.ts';
import { REPLY } from '../paxos/index.ts';
import type { RequestName, Slot } from '../paxos/index.ts';
import { encodeResult } from '../wire/index.ts';
import type { Fate, Settlement } from './types.ts';

const NOT_READ = encodeResult({ kind: 'notRead' });

/** The executor's way to say that what was asked as a read may write. */
export function isNotRead(result: Uint8Array): boolean {
  return sameBytes(result, NOT_READ);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Reads a reply as it is stored with the session; throws `MalformedBytes` on anything else. */
export function readReply(reply: Uint8Array): Fate {
  const rest = reply.subarray(1);
  switch (reply[0]) {
    case REPLY.result:
      return { kind: 'applied', result: rest };
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

/** What a reply means for whoever made the request. */
export function settlementOf(kind: 'call' | 'resolve', slot: Slot, fate: Fate): Settlement {
  if (kind === 'resolve') return { kind: 'fate', fate };
  if (fate.kind === 'applied') return { kind: 'result', slot, result: fate.result };
  if (fate.kind === 'forgotten') {
    const message = 'the call was applied, and its result is not kept any more';
    const failure = {
      code: 'RESULT_GONE',
      message,
      outcome: 'applied',
      requestId: undefined,
    } as const;
    return { kind: 'failed', failure };
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
