import { now } from '../object/index.ts';
import { checkInteger } from './checks.ts';

/** Numbers that no other call ever gets, each greater than those before. */
export class IdGenerator {
  unused: number;
  /** The least that is greater than all time-ordered ids so far. */
  unusedSnowflake = 0n;

  /** @param first Where the numbers begin. */
  constructor(first = 1) {
    this.unused = checkInteger(first, 'first', 0, LAST);
  }

  /** The next number. Throws RangeError when there are none any more. */
  next(): number {
    return this.block(1)[0];
  }

  /** So many at once: the first and the last of them, for one who gives them out by himself. */
  block(count: number): [first: number, last: number] {
    checkInteger(count, 'count', 1);
    const first = this.unused;
    const last = first + count - 1;
    if (last > LAST) throw new RangeError(`there are no numbers beyond ${LAST}`);
    this.unused = last + 1;
    return [first, last];
  }

  /** What `next` would return, as long as there are numbers. */
  peek(): number {
    return this.unused;
  }

  /**
   * An id of 63 bits that tells when it was given: ms since the beginning of 2020, then 22 bits that count.
   * When one millisecond has used them up, ids run ahead of the time.
   */
  snowflake(): bigint {
    return this.snowflakes(1)[0];
  }

  /** So many at once: the first and the last of them. */
  snowflakes(count: number): [first: bigint, last: bigint] {
    checkInteger(count, 'count', 1, MAX_SNOWFLAKES);
    const ofNow = BigInt(Math.max(0, Math.floor(now()) - BEGIN_OF_2020)) << SEQUENCE_BITS;
    const first = ofNow > this.unusedSnowflake ? ofNow : this.unusedSnowflake;
    const last = first + BigInt(count) - 1n;
    if (last >= END) throw new RangeError('there are no ids of 63 bits any more');
    this.unusedSnowflake = last + 1n;
    return [first, last];
  }

  toString(): string {
    return `The next id is ${this.unused}`;
  }

  __repr__(): string {
    return `<IdGenerator next=${this.unused}>`;
  }
}

/** The one behind it is an exact integer, too. */
const LAST = Number.MAX_SAFE_INTEGER - 1;
const BEGIN_OF_2020 = 1_577_836_800_000;
const SEQUENCE_BITS = 22n;
/** As many as one millisecond has. More would run ahead of the time without need. */
const MAX_SNOWFLAKES = 2 ** 22;
/** Databases and other languages hold signed integers of 64 bits. */
const END = 1n << 63n;
