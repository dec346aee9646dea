import { assert, ByteReader, ByteWriter, limits, MalformedBytes } from '../base/index.ts';
import {
  CLIENT_ID_BYTES,
  readCounter,
  readId,
  readItem,
  readView,
  writeView,
} from '../paxos/index.ts';
import type { ClientRequest, ClientResponse, Item } from '../paxos/index.ts';
import { requestBytes, responseBytes, SMALL_BYTES } from './client-size.ts';
import { readAddress, readBoolean, readChoice, writeBoolean, writeChoice } from './field.ts';
import { finishScratch, takeScratch } from './scratch.ts';
import { writeText } from './text.ts';

/**
 * First byte of the body of every frame between client and replica; then a count, then the parts.
 */
export const CLIENT_VERSION = 1;

type ReadRequest = Extract<ClientRequest, { kind: 'read' }>;

/** Requests or responses in one frame. */
export const MAX_FRAME_PARTS = limits.MAX_BATCH_ITEMS;

const REQUEST = { item: 1, attach: 2, read: 3, renew: 4 } as const;
const RESPONSE = {
  opened: 1,
  attached: 2,
  reply: 3,
  readReply: 4,
  readRefused: 5,
  resend: 6,
  openRefused: 7,
  expired: 8,
  redirect: 9,
  noQuorum: 10,
  waiting: 11,
  renewed: 12,
  later: 13,
  view: 15,
} as const satisfies Record<ClientResponse['kind'], number>;

/** A `renewed` in which something rests: 14 is no kind of its own. */
const RESTING = 14;

/** How a read is asked for: a stale one whose age is bounded is followed by the bound. */
const CONSISTENCY = ['linearizable', 'stale', 'bounded'] as const;
const READ_REFUSED = ['notLeader', 'overloaded', 'late'] as const;
const RESEND = ['gap', 'overloaded', 'diskFull'] as const;
const OPEN_REFUSED = ['sessions', 'overloaded'] as const;

/**
 * The executor's result behind one byte of `REPLY`, or behind two when it was asked for by a
 * `resolve`.
 */
const MAX_REPLY_BYTES = limits.MAX_REPLY_BYTES + 2;
/** Below, the buffer that is used again serves; above, one is made to measure. */
const SCRATCH_BYTES = 64 * 1024;

/** @param requests At most `MAX_FRAME_PARTS`, whose `requestBytes` fit a frame. */
export function encodeRequests(requests: readonly ClientRequest[]): Uint8Array {
  let size = SMALL_BYTES;
  for (const request of requests) size += requestBytes(request);
  const writer = begin(requests.length, size);
  for (const request of requests) writeRequest(writer, request);
  return end(writer, size);
}

/** @param responses At most `MAX_FRAME_PARTS`, whose `responseBytes` fit a frame. */
export function encodeResponses(responses: readonly ClientResponse[]): Uint8Array {
  let size = SMALL_BYTES;
  for (const response of responses) size += responseBytes(response);
  const writer = begin(responses.length, size);
  for (const response of responses) writeResponse(writer, response);
  return end(writer, size);
}

/** Requests in as many bodies as the frames need. */
export function packRequests(requests: readonly ClientRequest[]): Uint8Array[] {
  return pack(requests, requestBytes, encodeRequests);
}

/** Responses in as many bodies as the frames need. */
export function packResponses(responses: readonly ClientResponse[]): Uint8Array[] {
  return pack(responses, responseBytes, encodeResponses);
}

/**
 * Throws `MalformedBytes` on anything that a client cannot have meant. Results are views into
 * `body`.
 */
export function decodeRequests(body: Uint8Array): ClientRequest[] {
  const reader = new ByteReader(body);
  const requests: ClientRequest[] = [];
  for (let left = readCount(reader, 2); left > 0; left--) requests.push(readRequest(reader, body));
  reader.end();
  return requests;
}

/**
 * Throws `MalformedBytes` on anything that a replica cannot have meant. Results are views into
 * `body`.
 */
export function decodeResponses(body: Uint8Array): ClientResponse[] {
  const reader = new ByteReader(body);
  const responses: ClientResponse[] = [];
  for (let left = readCount(reader, 1); left > 0; left--) responses.push(readResponse(reader));
  reader.end();
  return responses;
}

function writeRequest(writer: ByteWriter, request: ClientRequest): void {
  writer.u8(REQUEST[request.kind]);
  switch (request.kind) {
    case 'item':
      return void writer.raw(request.bytes);
    case 'attach':
      return void writer.varint(request.session);
    case 'renew':
      return void writer.varint(request.token).varint(request.session);
    case 'read':
      writeRead(writer, request);
      return void writer.bytes(request.command);
  }
}

/** All but the command. */
function writeRead(
  writer: ByteWriter,
  { after, atLeast, consistency, maxLagMs, session, token }: ReadRequest,
): void {
  writer.varint(token).varint(session).varint(after);
  const choice = maxLagMs === undefined ? consistency : 'bounded';
  writeChoice(writer, CONSISTENCY, choice).varint(atLeast);
  if (maxLagMs !== undefined) writer.varint(maxLagMs);
}

function readRequest(reader: ByteReader, body: Uint8Array): ClientRequest {
  const kind = reader.u8();
  switch (kind) {
    case REQUEST.item: {
      const start = reader.offset;
      const item = checkItem(readItem(reader));
      return { kind: 'item', item, bytes: body.subarray(start, reader.offset) };
    }
    case REQUEST.attach:
      return { kind: 'attach', session: readCounter(reader, 1) };
    case REQUEST.renew:
      return { kind: 'renew', token: readCounter(reader, 1), session: readCounter(reader, 1) };
    case REQUEST.read: {
      const token = readCounter(reader, 0);
      const session = readCounter(reader, 0);
      const after = readCounter(reader, 0);
      const choice = readChoice(reader, CONSISTENCY);
      const atLeast = readCounter(reader, 0);
      const maxLagMs = choice === 'bounded' ? readCounter(reader, 0) : undefined;
      const consistency = choice === 'linearizable' ? 'linearizable' : 'stale';
      const command = readBytes(reader, limits.MAX_COMMAND_BYTES);
      const read = { kind: 'read', token, session, after, consistency, atLeast, command } as const;
      return maxLagMs === undefined ? read : { ...read, maxLagMs };
    }
    default:
      throw new MalformedBytes(`request of kind ${kind}`);
  }
}

/** What the log's own format allows, but no client may send. */
function checkItem(item: Item): Item {
  if (item.kind === 'expire' || item.kind === 'lapse' || item.kind === 'timeout') {
    throw new MalformedBytes('only a leader lets sessions expire, and calls time out');
  }
  if (item.kind === 'era') throw new MalformedBytes('only a recovery begins an era');
  if (item.kind === 'open') return item;
  if (item.session < 1) throw new MalformedBytes('a request without a session');
  if (item.kind === 'close' || item.kind === 'acknowledge') return item;
  for (const sequence of item.received) {
    if (sequence < item.lowWater)
      throw new MalformedBytes('a received reply below the low-water mark');
  }
  if (item.kind === 'resolve' && item.target.sequence < 1)
    throw new MalformedBytes('resolves nothing');
  return item;
}

function writeResponse(writer: ByteWriter, response: ClientResponse): void {
  const rests = response.kind === 'renewed' && response.resting.length > 0;
  writer.u8(rests ? RESTING : RESPONSE[response.kind]);
  switch (response.kind) {
    case 'opened':
      return void writer.raw(clientId(response.client)).varint(response.session);
    case 'attached':
      return void writer.varint(response.session).varint(response.next);
    case 'reply':
      writer.varint(response.session).varint(response.sequence).varint(response.slot);
      return void writer.bytes(response.reply);
    case 'waiting':
      return void writer.varint(response.session).varint(response.sequence);
    case 'renewed':
      writer.varint(response.session).varint(response.token).varint(response.losses);
      writeNumbers(writer, response.owned);
      if (rests) writeNumbers(writer, response.resting);
      return;
    case 'readReply':
      return void writer.varint(response.token).varint(response.slot).bytes(response.result);
    case 'readRefused':
      return void writeChoice(writer.varint(response.token), READ_REFUSED, response.reason);
    case 'resend':
      writer.varint(response.session).varint(response.from);
      return void writeChoice(writer, RESEND, response.reason);
    case 'openRefused':
      return void writeChoice(writer.raw(clientId(response.client)), OPEN_REFUSED, response.reason);
    case 'expired':
      return void writer.varint(response.session);
    case 'later':
      return;
    case 'view':
      return writeView(writer, response.view);
    case 'redirect':
      writeBoolean(writer, response.leader !== undefined);
      if (response.leader !== undefined) writeText(writer, response.leader);
      return writeView(writer, response.view);
    case 'noQuorum':
      writer.varint(response.missing.length);
      for (const id of response.missing) writer.varint(id);
      return;
  }
}

function readResponse(reader: ByteReader): ClientResponse {
  const kind = reader.u8();
  switch (kind) {
    case RESPONSE.opened: {
      const client = reader.raw(CLIENT_ID_BYTES);
      return { kind: 'opened', client, session: readCounter(reader, 1) };
    }
    case RESPONSE.attached:
      return { kind: 'attached', session: readCounter(reader, 1), next: readCounter(reader, 1) };
    case RESPONSE.reply:
      return readReply(reader);
    case RESPONSE.waiting:
      return { kind: 'waiting', session: readCounter(reader, 1), sequence: readCounter(reader, 1) };
    case RESPONSE.renewed:
      return readRenewed(reader, 'nothing rests');
    case RESTING:
      return readRenewed(reader, 'something rests');
    case RESPONSE.readReply: {
      const token = readCounter(reader, 0);
      const slot = readCounter(reader, 0);
      return { kind: 'readReply', token, slot, result: readBytes(reader, MAX_REPLY_BYTES) };
    }
    case RESPONSE.readRefused: {
      const token = readCounter(reader, 0);
      return { kind: 'readRefused', token, reason: readChoice(reader, READ_REFUSED) };
    }
    case RESPONSE.resend: {
      const session = readCounter(reader, 1);
      const from = readCounter(reader, 1);
      return { kind: 'resend', session, from, reason: readChoice(reader, RESEND) };
    }
    case RESPONSE.openRefused: {
      const client = reader.raw(CLIENT_ID_BYTES);
      return { kind: 'openRefused', client, reason: readChoice(reader, OPEN_REFUSED) };
    }
    case RESPONSE.expired:
      return { kind: 'expired', session: readCounter(reader, 1) };
    case RESPONSE.later:
      return { kind: 'later' };
    case RESPONSE.view:
      return { kind: 'view', view: readView(reader) };
    case RESPONSE.redirect: {
      const leader = readBoolean(reader) ? readAddress(reader) : undefined;
      return { kind: 'redirect', leader, view: readView(reader) };
    }
    case RESPONSE.noQuorum:
      return readNoQuorum(reader);
    default:
      throw new MalformedBytes(`response of kind ${kind}`);
  }
}

function readReply(reader: ByteReader): ClientResponse {
  const session = readCounter(reader, 1);
  const sequence = readCounter(reader, 1);
  const slot = readCounter(reader, 0);
  const reply = readBytes(reader, MAX_REPLY_BYTES);
  if (reply.length < 1) throw new MalformedBytes('a reply that says nothing');
  return { kind: 'reply', session, sequence, slot, reply };
}

function readRenewed(
  reader: ByteReader,
  which: 'nothing rests' | 'something rests',
): ClientResponse {
  const session = readCounter(reader, 1);
  const token = readCounter(reader, 0);
  const losses = readCounter(reader, 0);
  const owned = readNumbers(reader);
  const resting = which === 'something rests' ? readNumbers(reader) : [];
  if (which === 'something rests' && resting.length === 0)
    throw new MalformedBytes('nothing rests');
  return { kind: 'renewed', session, token, losses, owned, resting };
}

function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  writer.varint(numbers.length);
  for (const number of numbers) writer.varint(number);
}

function readNumbers(reader: ByteReader): readonly number[] {
  const numbers: number[] = [];
  for (let left = reader.count(); left > 0; left--) numbers.push(readCounter(reader, 1));
  return numbers;
}

function readNoQuorum(reader: ByteReader): ClientResponse {
  const count = reader.count();
  if (count > limits.MAX_MEMBERS) throw new MalformedBytes(`${count} missing members`);
  const missing: number[] = [];
  for (let left = count; left > 0; left--) missing.push(readId(reader));
  return { kind: 'noQuorum', missing };
}

/** @param least How many bytes the shortest part has. */
function readCount(reader: ByteReader, least: number): number {
  const version = reader.u8();
  if (version !== CLIENT_VERSION) throw new MalformedBytes(`frame body of version ${version}`);
  const count = reader.count(least);
  if (count > MAX_FRAME_PARTS) throw new MalformedBytes(`${count} parts in a frame`);
  return count;
}

function readBytes(reader: ByteReader, most: number): Uint8Array {
  const bytes = reader.bytes();
  if (bytes.length > most) throw new MalformedBytes(`${bytes.length} bytes, at most ${most}`);
  return bytes;
}

function clientId(client: Uint8Array): Uint8Array {
  assert(client.length === CLIENT_ID_BYTES, 'a client id has 16 bytes');
  return client;
}

function begin(count: number, size: number): ByteWriter {
  assert(count <= MAX_FRAME_PARTS, 'a frame has at most MAX_FRAME_PARTS parts');
  const writer = size <= SCRATCH_BYTES ? takeScratch() : new ByteWriter(size);
  return writer.u8(CLIENT_VERSION).varint(count);
}

function end(writer: ByteWriter, size: number): Uint8Array {
  return size <= SCRATCH_BYTES ? finishScratch(writer) : writer.finish();
}

function pack<T>(
  parts: readonly T[],
  bytesOf: (part: T) => number,
  encode: (parts: readonly T[]) => Uint8Array,
): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  let first = 0;
  let size = SMALL_BYTES;
  for (let at = 0; at < parts.length; at++) {
    const bytes = bytesOf(parts[at] as T);
    const full = size + bytes > limits.MAX_CLIENT_FRAME_BYTES || at - first === MAX_FRAME_PARTS;
    if (full && at > first) {
      bodies.push(encode(parts.slice(first, at)));
      first = at;
      size = SMALL_BYTES;
    }
    size += bytes;
  }
  if (first === 0) return parts.length === 0 ? [] : [encode(parts)];
  bodies.push(encode(parts.slice(first)));
  return bodies;
}
