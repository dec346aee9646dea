import { assert, ByteReader, ConCoordError, MalformedBytes } from '../base/index.ts';
import type { ByteWriter, ErrorCode } from '../base/index.ts';
import { readCounter, readId, readView, writeView } from '../paxos/index.ts';
import type { Member, ReplicaId, View } from '../paxos/index.ts';
import { readRefusal } from './call.ts';
import {
  bytesToHex,
  hexToBytes,
  readAddress,
  readBoolean,
  readChoice,
  readMember,
  writeBoolean,
  writeChoice,
  writeMember,
} from './field.ts';
import { finishScratch, takeScratch } from './scratch.ts';
import { readText, writeText } from './text.ts';

/**
 * Whoever dials sends a hello; the answer is a welcome, or a refusal with the reason. Magic,
 * versions and role stand at the same place in every version, so that unlike versions can say what
 * is wrong; later versions only append fields, and readers ignore what follows those that they
 * know. Where a token is needed, a challenge and its proof come before the welcome.
 */

/** The versions of everything behind the handshake that a side can speak, both ends inclusive. */
export interface WireRange {
  readonly min: number;
  readonly max: number;
}

/** What this library speaks. */
export const WIRE: WireRange = { min: 1, max: 1 };

/** A replica to another. */
export interface PeerHello {
  readonly role: 'peer';
  readonly wire: WireRange;
  /** 32 hexadecimal digits, or empty when the sender wants to join and does not know it yet. */
  readonly instance: string;
  readonly generation: number;
  readonly id: ReplicaId;
  readonly incarnation: number;
  /** Durable position of its log. */
  readonly position: number;
  /** Where the sender listens. */
  readonly address: string;
  readonly durable: boolean;
  /** Empty when the sender has no code yet. */
  readonly codeHash: string;
  /** Fingerprint of the JavaScript engine. */
  readonly engine: string;
  /** Which replica the sender believes to be calling; 0 when it only knows the address. */
  readonly target: ReplicaId;
}

export interface ClientHello {
  readonly role: 'client';
  readonly wire: WireRange;
  /** The instance that the client has met before, or empty. */
  readonly instance: string;
  /** Version of the client's library, for logs. */
  readonly library: string;
  readonly purpose: 'calls' | 'control';
}

export type Hello = PeerHello | ClientHello;

export interface MethodInfo {
  readonly name: string;
  /** Changes nothing, so it may be asked as a read. */
  readonly read: boolean;
}

export interface Welcome {
  /** The version that both sides speak from here on. */
  readonly wire: number;
  readonly instance: string;
  readonly generation: number;
  /** The founding view of this generation. */
  readonly genesis: View;
  readonly id: ReplicaId;
  readonly incarnation: number;
  readonly position: number;
  readonly address: string;
  readonly view: View;
  readonly leader: Member | undefined;
  readonly objectName: string;
  readonly codeHash: string;
  readonly methods: readonly MethodInfo[];
}

/** A replica lets nobody in who cannot show, with its token, that this nonce was answered for this hello. */
export interface Challenge {
  /** The salt of the key that is made of the token. */
  readonly instance: string;
  readonly nonce: Uint8Array;
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** With `STALE_DIRECTORY`: the position that the refused replica was seen to acknowledge. */
  readonly acknowledged?: number;
  /** With `INSTANCE_MISMATCH` of one instance: the generation of the one who refuses. */
  readonly generation?: number;
}

const MAGIC = Uint8Array.from('ConCoord', (letter) => letter.charCodeAt(0));
const ROLES = ['peer', 'client'] as const;
const PURPOSES = ['calls', 'control'] as const;
const INSTANCE_BYTES = 16;
/** The proof itself has no fields: it is the code over nonce and hello, or nothing. */
const NONCE_BYTES = 32;
const MAX_NAME_BYTES = 512;
const MAX_METHODS = 4096;

/** The highest version that both sides speak; throws `VERSION_MISMATCH` when there is none. */
export function chooseWireVersion(ours: WireRange, theirs: WireRange): number {
  if (sharesWireVersion(ours, theirs)) return Math.min(ours.max, theirs.max);
  throw new ConCoordError(
    'VERSION_MISMATCH',
    `wire versions ${ours.min} to ${ours.max} here, ${theirs.min} to ${theirs.max} there`,
  );
}

/** Whether both sides speak some version alike. */
export function sharesWireVersion(ours: WireRange, theirs: WireRange): boolean {
  return Math.min(ours.max, theirs.max) >= Math.max(ours.min, theirs.min);
}

export function encodeHello(hello: Hello): Uint8Array {
  const writer = takeScratch().raw(MAGIC).varint(hello.wire.min).varint(hello.wire.max);
  writeChoice(writer, ROLES, hello.role);
  writeInstance(writer, hello.instance);
  if (hello.role === 'client') {
    writeText(writer, hello.library);
    writeChoice(writer, PURPOSES, hello.purpose);
  } else {
    writer.varint(hello.generation).varint(hello.id).varint(hello.incarnation);
    writeText(writer.varint(hello.position), hello.address);
    writeText(writeBoolean(writer, hello.durable), hello.codeHash);
    writeText(writer, hello.engine);
    writer.varint(hello.target);
  }
  return finishScratch(writer);
}

/** Throws `MalformedBytes` when no version of ours can have sent it. */
export function decodeHello(bytes: Uint8Array): Hello {
  const reader = new ByteReader(bytes);
  for (const letter of MAGIC) {
    if (reader.u8() !== letter) throw new MalformedBytes('not a hello of ConCoord');
  }
  const wire = { min: readCounter(reader, 1), max: readCounter(reader, 1) };
  if (wire.min > wire.max) throw new MalformedBytes('a range that ends before it begins');
  const role = readChoice(reader, ROLES);
  const instance = readInstance(reader);
  return role === 'client'
    ? readClientHello(reader, wire, instance)
    : readPeerHello(reader, wire, instance);
}

export function encodeWelcome(welcome: Welcome): Uint8Array {
  const writer = takeScratch().varint(welcome.wire);
  writeInstance(writer, welcome.instance);
  writer.varint(welcome.generation);
  writeView(writer, welcome.genesis);
  writer.varint(welcome.id).varint(welcome.incarnation).varint(welcome.position);
  writeText(writer, welcome.address);
  writeView(writer, welcome.view);
  writeBoolean(writer, welcome.leader !== undefined);
  if (welcome.leader !== undefined) writeMember(writer, welcome.leader);
  writeText(writer, welcome.objectName);
  writeText(writer, welcome.codeHash);
  writer.varint(welcome.methods.length);
  for (const { name, read } of welcome.methods) {
    writeText(writer, name);
    writeBoolean(writer, read);
  }
  return finishScratch(writer);
}

/** Throws `MalformedBytes` when no version of ours can have sent it. */
export function decodeWelcome(bytes: Uint8Array): Welcome {
  const reader = new ByteReader(bytes);
  const wire = readCounter(reader, 1);
  const instance = readInstance(reader);
  if (instance === '') throw new MalformedBytes('a welcome without an instance');
  const generation = readCounter(reader, 0);
  const genesis = readView(reader);
  const id = readId(reader);
  const incarnation = readCounter(reader, 0);
  const position = readCounter(reader, 0);
  const address = readAddress(reader);
  const view = readView(reader);
  const leader = readBoolean(reader) ? readMember(reader) : undefined;
  const objectName = readText(reader, MAX_NAME_BYTES);
  const codeHash = readText(reader, MAX_NAME_BYTES);
  const methods = readMethods(reader);
  return {
    wire,
    instance,
    generation,
    genesis,
    id,
    incarnation,
    position,
    address,
    view,
    leader,
    objectName,
    codeHash,
    methods,
  };
}

export function encodeChallenge({ instance, nonce }: Challenge): Uint8Array {
  assert(nonce.length === NONCE_BYTES, 'a nonce has its length');
  const writer = takeScratch();
  writeInstance(writer, instance);
  return finishScratch(writer.raw(nonce));
}

/** Throws `MalformedBytes` when no version of ours can have sent it. */
export function decodeChallenge(bytes: Uint8Array): Challenge {
  const reader = new ByteReader(bytes);
  const instance = readInstance(reader);
  if (instance === '') throw new MalformedBytes('a challenge without an instance');
  return { instance, nonce: reader.raw(NONCE_BYTES) };
}

export function encodeRefusal(refusal: Refusal): Uint8Array {
  const { code, message, acknowledged, generation } = refusal;
  const writer = takeScratch();
  writeText(writer, code);
  writeText(writer, message);
  const fact = acknowledged ?? generation;
  if (fact !== undefined) writer.varint(fact);
  return finishScratch(writer);
}

/**
 * Throws `MalformedBytes`; a code of a newer version becomes `PROTOCOL` and stays in the message.
 */
export function decodeRefusal(bytes: Uint8Array): Refusal {
  const reader = new ByteReader(bytes);
  const refusal = readRefusal(reader);
  if (reader.remaining === 0) return refusal;
  switch (refusal.code) {
    case 'STALE_DIRECTORY':
      return { ...refusal, acknowledged: readCounter(reader, 0) };
    case 'INSTANCE_MISMATCH':
      return { ...refusal, generation: readCounter(reader, 0) };
    default:
      return refusal;
  }
}

function readClientHello(reader: ByteReader, wire: WireRange, instance: string): ClientHello {
  const library = readText(reader, MAX_NAME_BYTES);
  return { role: 'client', wire, instance, library, purpose: readChoice(reader, PURPOSES) };
}

function readPeerHello(reader: ByteReader, wire: WireRange, instance: string): PeerHello {
  const generation = readCounter(reader, 0);
  const id = readId(reader);
  const incarnation = readCounter(reader, 0);
  const position = readCounter(reader, 0);
  const address = readAddress(reader);
  const durable = readBoolean(reader);
  const codeHash = readText(reader, MAX_NAME_BYTES);
  const engine = readText(reader, MAX_NAME_BYTES);
  const target = reader.varint();
  if (target >= 2 ** 48) throw new MalformedBytes(`impossible id ${target}`);
  return {
    role: 'peer',
    wire,
    instance,
    generation,
    id,
    incarnation,
    position,
    address,
    durable,
    codeHash,
    engine,
    target,
  };
}

function readMethods(reader: ByteReader): MethodInfo[] {
  const count = reader.count(2);
  if (count > MAX_METHODS) throw new MalformedBytes(`${count} methods`);
  const methods: MethodInfo[] = [];
  for (let left = count; left > 0; left--) {
    const name = readText(reader, MAX_NAME_BYTES);
    methods.push({ name, read: readBoolean(reader) });
  }
  return methods;
}

function writeInstance(writer: ByteWriter, instance: string): void {
  writeBoolean(writer, instance !== '');
  if (instance !== '') writer.raw(hexToBytes(instance, INSTANCE_BYTES));
}

function readInstance(reader: ByteReader): string {
  return readBoolean(reader) ? bytesToHex(reader.raw(INSTANCE_BYTES)) : '';
}
