/** Serves what the name servers of the stand-in would answer, so that programs such as `dig` see it. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { decode, encode } from 'dns-packet';
import type { Answer, Packet } from 'dns-packet';
import type { RecordSet, Zone } from './zone.ts';

const AUTHORITATIVE = 1 << 10;
const NXDOMAIN = 3;
const REFUSED = 5;

export class Answering {
  readonly #zones: readonly Zone[];
  readonly #socket: Socket = createSocket('udp4');

  constructor(zones: readonly Zone[]) {
    this.#zones = zones;
    this.#socket.on('message', (bytes, { address, port }) => {
      try {
        this.#socket.send(encode(this.#answer(decode(bytes))), port, address);
      } catch {
        // Not a question; whoever sent it asks again, or not.
      }
    });
  }

  /** Returns the port. */
  up(): Promise<number> {
    return new Promise((resolve) => {
      this.#socket.bind(0, '127.0.0.1', () => resolve(this.#socket.address().port));
    });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #answer({ id = 0, flags = 0, questions = [] }: Packet): Packet {
    const [question] = questions;
    const wanted = `${question?.name.toLowerCase()}.`;
    const zone = this.#zones.find((one) => wanted === one.name || wanted.endsWith(`.${one.name}`));
    const sets = zone?.served().filter((set) => set.name === wanted) ?? [];
    const answers = sets.filter((set) => set.type === question?.type).flatMap(recordsOf);
    const missing = sets.length === 0 ? NXDOMAIN : 0;
    const code = zone === undefined ? REFUSED : missing;
    const kept = (flags & (1 << 8)) | AUTHORITATIVE | code;
    return { type: 'response', id, flags: kept, questions: questions.slice(0, 1), answers };
  }
}

function recordsOf({ name, ttl, type, values }: RecordSet): Answer[] {
  const base = { name: name.slice(0, -1), ttl } as const;
  return values.flatMap((value): Answer[] => {
    switch (type) {
      case 'A':
      case 'AAAA':
      case 'NS':
        return [{ ...base, type, data: value.replace(/\.$/, '') }];
      case 'TXT':
        return [{ ...base, type, data: value.slice(1, -1).split('" "') }];
      case 'SRV': {
        const [priority, weight, port, target = ''] = value.split(' ');
        const numbers = { priority: Number(priority), weight: Number(weight), port: Number(port) };
        return [{ ...base, type, data: { ...numbers, target: target.slice(0, -1) } }];
      }
      default:
        return [];
    }
  });
}
