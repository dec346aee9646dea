import { UUID_FUEL } from './costs.ts';
import type { Meter } from './meter.ts';
import type { Moment } from './moment.ts';
import { method, replace } from './wrap.ts';

/** As `crypto.getRandomValues` of browsers. */
const MAX_RANDOM_BYTES = 65_536;

/** Chance from the seed of the entry: the same on every replica, and so nothing that keeps a secret. */
export function installChance(moment: Moment, meter: Meter): void {
  replace(Math, ['random'], () =>
    method(() => {
      const random = moment.random();
      // 53 bits, as many as a number has.
      const upper = random.uint32() >>> 5;
      const lower = random.uint32() >>> 6;
      return (upper * 0x400_0000 + lower) / 0x20_0000_0000_0000;
    }),
  );
  const crypto = {
    randomUUID: () => {
      meter.charge(UUID_FUEL);
      return uuid(moment);
    },
    getRandomValues: <T>(into: T): T => {
      if (!ArrayBuffer.isView(into)) throw new TypeError('getRandomValues takes a typed array');
      if (into.byteLength > MAX_RANDOM_BYTES) {
        throw new RangeError(`getRandomValues fills at most ${MAX_RANDOM_BYTES} bytes`);
      }
      meter.charge(UUID_FUEL + into.byteLength);
      const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
      fill(moment, bytes);
      return into;
    },
  };
  Reflect.defineProperty(globalThis, 'crypto', {
    value: crypto,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

function fill(moment: Moment, bytes: Uint8Array): void {
  const random = moment.random();
  let word = 0;
  for (let at = 0; at < bytes.length; at++) {
    word = at % 4 === 0 ? random.uint32() : word >>> 8;
    bytes[at] = word & 0xff;
  }
}

/** Version 4, as RFC 9562 has it. */
function uuid(moment: Moment): string {
  const random = moment.random();
  const words = [random.uint32(), random.uint32(), random.uint32(), random.uint32()];
  let digits = '';
  for (const word of words) digits += word.toString(16).padStart(8, '0');
  const variant = '89ab'.charAt(random.uint32() >>> 30);
  return (
    `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-` +
    `${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`
  );
}
