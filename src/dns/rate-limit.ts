import { isIPv4 } from 'node:net';

/** Of one source, replies per second that are let pass, and how many at once after a pause. */
export const REPLIES_PER_SECOND = 100;
const BURST_SECONDS = 2;
/** Of the replies that are too many, every n-th tells to ask over TCP: those who really ask get through. */
const TELL_EVERY = 2;
/** But not more of them than of replies: they go to whoever was named as the source. */
const TELLS_PER_SECOND = REPLIES_PER_SECOND;
const BUCKETS = 2 ** 16;

/**
 * How much each source may have answered: a token bucket for each, in a table of fixed size, so that a
 * flood with sources that are made up costs no memory. Sources that share a bucket share its rate; who does
 * is drawn at the start, so that nobody can choose to share that of another.
 */
export class RateLimit {
  readonly #perMs: number;
  readonly #most: number;
  readonly #salt: number;
  /** Replies that a source may still have. */
  readonly #left: Float64Array;
  readonly #at: Float64Array;
  readonly #refused = new Uint8Array(BUCKETS);
  /** The second, counted from any time, in which a source was told last, and how often. */
  readonly #second = new Float64Array(BUCKETS);
  readonly #told = new Uint8Array(BUCKETS);

  /** @param salt 32 random bits. */
  constructor(perSecond: number, salt: number) {
    this.#perMs = perSecond / 1000;
    this.#most = perSecond * BURST_SECONDS;
    this.#salt = salt;
    this.#left = new Float64Array(BUCKETS).fill(this.#most);
    this.#at = new Float64Array(BUCKETS);
  }

  /** @param now Monotonic ms. */
  judge(source: string, now: number): 'answer' | 'tell' | 'drop' {
    const bucket = this.#bucketOf(source);
    const before = this.#left[bucket] as number;
    const earned = (now - (this.#at[bucket] as number)) * this.#perMs;
    const left = Math.min(this.#most, before + Math.max(0, earned));
    this.#at[bucket] = now;
    if (left >= 1) {
      this.#left[bucket] = left - 1;
      return 'answer';
    }
    this.#left[bucket] = left;
    const refused = ((this.#refused[bucket] as number) + 1) % TELL_EVERY;
    this.#refused[bucket] = refused;
    return refused === 0 && this.#mayTell(bucket, Math.floor(now / 1000)) ? 'tell' : 'drop';
  }

  #mayTell(bucket: number, second: number): boolean {
    if (this.#second[bucket] !== second) this.#told[bucket] = 0;
    this.#second[bucket] = second;
    const told = this.#told[bucket] as number;
    if (told >= TELLS_PER_SECOND) return false;
    this.#told[bucket] = told + 1;
    return true;
  }

  /** FNV-1a over the address; of IPv6, over the network that one owner has. */
  #bucketOf(source: string): number {
    const part = isIPv4(source) ? source : networkOf(source);
    let hash = this.#salt;
    for (let at = 0; at < part.length; at++) {
      hash = Math.imul(hash ^ part.charCodeAt(at), 0x0100_0193);
    }
    return ((hash >>> 16) ^ hash) & (BUCKETS - 1);
  }
}

/** The first 64 bits of an IPv6 address, in some form of their own. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const left = head.split(':');
  if (tail === undefined) return left.slice(0, 4).join(':');
  const missing = 8 - left.length - (tail === '' ? 0 : tail.split(':').length);
  return [...left, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail.split(':')]
    .slice(0, 4)
    .join(':');
}
