import { deepEqual } from 'node:assert/strict';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import type { Answer, DecodedPacket, OptAnswer, Packet, RecordType } from 'dns-packet';
import { answer } from './answer.ts';
import type { Transport } from './answer.ts';
import { present } from '../base/index.ts';
import type { Node } from './records.ts';
import { Zone } from './zone.ts';

export const DOMAIN = 'counterdomain.test';
export const SERVICE = `_concoord._tcp.${DOMAIN}`;
export const TTL = 30;

/** So many name servers, from 10.0.0.1 on. */
export function nameServers(count: number): Node[] {
  return Array.from({ length: count }, (_, at) => {
    return { kind: 'NAMESERVER', host: `10.0.0.${at + 1}`, port: 14_000 };
  });
}

export function aZone(nodes: readonly Node[] = nameServers(3), epoch = 7): Zone {
  return new Zone(DOMAIN, { epoch, nodes }, TTL);
}

/** EDNS(0), with this number of bytes for a reply over UDP. */
export function opt(udpPayloadSize: number, overrides: Partial<OptAnswer> = {}): OptAnswer {
  const plain = { extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] };
  return { type: 'OPT', name: '.', udpPayloadSize, ...plain, ...overrides };
}

export interface Asking {
  readonly name?: string;
  readonly type?: RecordType | 'ANY';
  readonly udpBytes?: number;
  readonly packet?: Packet;
}

export function query({ name = DOMAIN, type = 'A', udpBytes, packet = {} }: Asking = {}): Buffer {
  return encode({
    type: 'query',
    id: 0xbeef,
    flags: RECURSION_DESIRED,
    questions: [{ name, type: type as RecordType, class: 'IN' }],
    ...(udpBytes === undefined ? {} : { additionals: [opt(udpBytes)] }),
    ...packet,
  });
}

/** A reply, as a person would read it. */
export interface Shown {
  readonly rcode: string;
  readonly answers: readonly string[];
  readonly authorities: readonly string[];
  readonly additionals: readonly string[];
}

export interface Reply extends Shown {
  readonly bytes: Buffer;
  readonly packet: DecodedPacket;
}

/** Asks, and sees to it that what every reply echoes is echoed. */
export function ask(
  asking: Asking,
  zone: Zone | undefined = aZone(),
  by: Transport = 'udp',
): Reply {
  return read(query(asking), answer(query(asking), zone, by));
}

export function read(asked: Buffer, bytes: Buffer | undefined): Reply {
  const packet = decode(present(bytes, 'a reply')) as DecodedPacket & { readonly rcode: string };
  deepEqual(packet.id, asked.readUInt16BE(0));
  deepEqual(packet.questions, decode(asked).questions);
  deepEqual([packet.type, packet.flag_rd, packet.flag_ra], ['response', true, false]);
  const others = (packet.additionals ?? []).filter(({ type }) => type !== 'OPT');
  return {
    bytes: present(bytes, 'a reply'),
    packet,
    rcode: packet.rcode,
    answers: (packet.answers ?? []).map(show),
    authorities: (packet.authorities ?? []).map(show),
    additionals: others.map(show),
  };
}

function show(record: Answer): string {
  const { name, type } = record;
  const { data, ttl } = record as { data: unknown; ttl: number };
  const values = Array.isArray(data) ? data.map(String) : [data];
  const shown = values.map((value) =>
    typeof value === 'object' && value !== null ? Object.values(value).join(' ') : String(value),
  );
  return `${name} ${ttl} ${type} ${shown.join(' ')}`;
}
