import type { Random } from '../base/index.ts';
import type { RecordType } from 'dns-packet';
import { DOMAIN, opt, query, SERVICE } from './packets-test-kit.ts';

const NAMES = [DOMAIN, SERVICE, `ip4-10-0-0-1.${DOMAIN}`, `x.${DOMAIN}`, 'example.org', '.'];
const TYPES = ['A', 'AAAA', 'SRV', 'TXT', 'NS', 'SOA', 'MX', 'AXFR', 'ANY'] as const;

/** A packet that somebody might send: a query, one that was damaged, or bytes without any sense. */
export function hostilePacket(random: Random): Buffer {
  switch (random.between(0, 3)) {
    case 0:
      return aQuery(random);
    case 1:
      return randomBytes(random, random.between(0, 64));
    default: {
      let packet = aQuery(random);
      for (let left = random.between(1, 4); left > 0; left--) packet = damage(packet, random);
      return packet;
    }
  }
}

function aQuery(random: Random): Buffer {
  const type = random.pick(TYPES) as RecordType;
  const additionals = random.chance(1, 2) ? [opt(random.between(0, 65_535))] : [];
  return query({ name: random.pick(NAMES), type, packet: { additionals } });
}

function damage(packet: Buffer, random: Random): Buffer {
  if (packet.length === 0) return packet;
  const at = random.between(0, packet.length - 1);
  const changed = Buffer.from(packet);
  switch (random.between(0, 4)) {
    case 0:
      return changed.subarray(0, at);
    case 1:
      changed[at] = random.between(0, 255);
      return changed;
    case 2:
      changed[at] = (changed[at] as number) ^ (1 << random.between(0, 7));
      return changed;
    case 3:
      // Pointers, which may lead in circles, and lengths that claim too much.
      changed[at] = 0xc0 | random.between(0, 63);
      return changed;
    default:
      return Buffer.concat([changed, changed.subarray(random.between(0, at))]).subarray(0, 1400);
  }
}

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.between(0, 255)));
}
