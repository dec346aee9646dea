import { decode } from 'dns-packet';
import type { OptAnswer, Packet } from 'dns-packet';
import { NOTHING } from './zone.ts';
import type { Encoded, Zone } from './zone.ts';
import { CLASS_IN, HEADER_BYTES, readQuestion, TYPE } from './wire-question.ts';
import type { Question } from './wire-question.ts';

/** Bytes of a reply over UDP when the asker has not said more, and the most that passes everywhere. */
const PLAIN_UDP_BYTES = 512;
/** What the networks of today carry in one piece (DNS flag day 2020). */
export const MOST_UDP_BYTES = 1232;
export const MOST_TCP_BYTES = 65_535;
/** The shortest record: the name of the root, type, class, TTL, and no data. */
const LEAST_RECORD_BYTES = 11;

const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  /** Has its upper bits in the OPT record (RFC 6891). */
  BADVERS: 16,
} as const;

const QR = 0x8000;
const OPCODE = 0x7800;
const AA = 0x0400;
const TC = 0x0200;
const RD = 0x0100;
/** Among the flags of EDNS. */
const DO = 0x8000;

export type Transport = 'udp' | 'tcp';

interface Asked {
  readonly packet: Buffer;
  readonly flags: number;
  /** Echoed as it came; without one, when it cannot be read. */
  readonly question: Question | undefined;
  /** The asker speaks EDNS(0), and takes so many bytes over UDP. */
  readonly udpBytes: number | undefined;
  /** It takes records of DNSSEC, of which there are none; that it does is echoed (RFC 3225). */
  readonly dnssecOk?: boolean;
}

interface Sections {
  readonly rcode: keyof typeof RCODE;
  readonly authoritative?: true;
  readonly truncated?: true;
  readonly answers?: Encoded;
  readonly authorities?: Encoded;
  /** Left out where there is no room. */
  readonly additionals?: Encoded;
}

/**
 * What an authoritative server replies to a packet; undefined where silence is right: to what is no query.
 *
 * @param zone Undefined while the view is not known.
 */
export function answer(
  packet: Buffer,
  zone: Zone | undefined,
  transport: Transport,
): Buffer | undefined {
  if (packet.length < HEADER_BYTES) return undefined;
  const flags = packet.readUInt16BE(2);
  // Replying to replies would let two servers talk for ever.
  if ((flags & QR) !== 0) return undefined;
  const asked = { packet, flags, question: undefined, udpBytes: undefined };
  if ((flags & OPCODE) !== 0) return reply(asked, { rcode: 'NOTIMP' }, transport);
  const question = packet.readUInt16BE(4) === 1 ? readQuestion(packet) : undefined;
  const edns = question === undefined ? undefined : readEdns(packet);
  if (question === undefined || edns === undefined) {
    return reply(asked, { rcode: 'FORMERR' }, transport);
  }
  const { udpBytes, dnssecOk } = edns;
  const whole = { packet, flags, question, udpBytes, dnssecOk };
  const rcode = edns.version > 0 ? 'BADVERS' : refusalOf(question);
  return reply(whole, rcode === undefined ? lookUp(question, zone) : { rcode }, transport);
}

/** A reply that only says to ask over TCP: no larger than the question, and of no use to who forged it. */
export function answerTruncated(packet: Buffer): Buffer | undefined {
  if (packet.length < HEADER_BYTES) return undefined;
  const flags = packet.readUInt16BE(2);
  const question = packet.readUInt16BE(4) === 1 ? readQuestion(packet) : undefined;
  if ((flags & (QR | OPCODE)) !== 0 || question === undefined) return undefined;
  const asked = { packet, flags, question, udpBytes: undefined };
  return reply(asked, { rcode: 'NOERROR', authoritative: true, truncated: true }, 'udp');
}

interface Edns {
  readonly version: number;
  readonly udpBytes: number | undefined;
  readonly dnssecOk: boolean;
}

/** Undefined when the packet is malformed anywhere. */
function readEdns(packet: Buffer): Edns | undefined {
  const records = [6, 8, 10].reduce((sum, at) => sum + packet.readUInt16BE(at), 0);
  // The library makes room for as many as are claimed.
  if (records * LEAST_RECORD_BYTES > packet.length) return undefined;
  let decoded: Packet;
  try {
    decoded = decode(packet);
    if (decode.bytes !== packet.length) return undefined;
  } catch {
    return undefined;
  }
  const found = (decoded.additionals ?? []).filter(({ type }) => type === 'OPT') as OptAnswer[];
  const [opt] = found;
  if (opt === undefined) return { version: 0, udpBytes: undefined, dnssecOk: false };
  if (found.length > 1 || opt.name !== '.') return undefined;
  return { version: opt.ednsVersion, udpBytes: opt.udpPayloadSize, dnssecOk: opt.flag_do };
}

/** Questions that need no zone. */
function refusalOf({ type, class: of }: Question): 'FORMERR' | 'NOTIMP' | 'REFUSED' | undefined {
  if (type === TYPE.OPT || type === 0) return 'FORMERR';
  // Nobody copies the zone.
  if (of !== CLASS_IN || type === TYPE.AXFR || type === TYPE.IXFR) return 'REFUSED';
  const isMeta = type >= 128 && type < 256 && type !== TYPE.ANY;
  return isMeta ? 'NOTIMP' : undefined;
}

function lookUp({ labels, type }: Question, zone: Zone | undefined): Sections {
  if (zone === undefined) return { rcode: 'SERVFAIL' };
  const found = zone.find(labels, type);
  return found === undefined ? { rcode: 'REFUSED' } : { ...found, authoritative: true };
}

function reply(asked: Asked, sections: Sections, transport: Transport): Buffer {
  const { packet, flags, question, udpBytes } = asked;
  const { rcode, answers = NOTHING, authorities = NOTHING } = sections;
  const edns = encodeOpt(RCODE[rcode] >> 4, asked.dnssecOk === true);
  const opt = udpBytes === undefined ? NOTHING : { count: 1, bytes: edns };
  const echoed = question === undefined ? undefined : packet.subarray(HEADER_BYTES, question.end);
  const most =
    transport === 'tcp'
      ? MOST_TCP_BYTES
      : Math.min(MOST_UDP_BYTES, Math.max(PLAIN_UDP_BYTES, udpBytes ?? 0));
  const fixed = HEADER_BYTES + (echoed?.length ?? 0) + opt.bytes.length;
  const needed = fixed + answers.bytes.length + authorities.bytes.length;
  const truncated = sections.truncated === true || needed > most;
  const parts = truncated ? [NOTHING, NOTHING] : [answers, authorities];
  const additionals = sections.additionals ?? NOTHING;
  const roomy = !truncated && needed + additionals.bytes.length <= most;
  const last = roomy ? additionals : NOTHING;
  const header = Buffer.alloc(HEADER_BYTES);
  const aa = sections.authoritative === true ? AA : 0;
  const kept = flags & (OPCODE | RD);
  header.writeUInt16BE(packet.readUInt16BE(0), 0);
  header.writeUInt16BE(QR | kept | aa | (truncated ? TC : 0) | (RCODE[rcode] & 15), 2);
  header.writeUInt16BE(echoed === undefined ? 0 : 1, 4);
  parts.forEach(({ count }, at) => header.writeUInt16BE(count, 6 + 2 * at));
  header.writeUInt16BE(last.count + opt.count, 10);
  return Buffer.concat([
    header,
    ...(echoed === undefined ? [] : [echoed]),
    ...parts.map(({ bytes }) => bytes),
    last.bytes,
    opt.bytes,
  ]);
}

/** Version 0, no options; the upper bits of the code of the reply stand here. */
function encodeOpt(upperRcode: number, dnssecOk: boolean): Buffer {
  const opt = Buffer.alloc(LEAST_RECORD_BYTES);
  opt.writeUInt16BE(TYPE.OPT, 1);
  opt.writeUInt16BE(MOST_UDP_BYTES, 3);
  opt.writeUInt8(upperRcode, 5);
  opt.writeUInt16BE(dnssecOk ? DO : 0, 7);
  return opt;
}
