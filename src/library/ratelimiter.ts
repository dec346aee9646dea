import { now, ValueError } from '../object/index.ts';
import { checkInteger, checkRoom } from './checks.ts';
import { addDeadline, dropEarliest } from './deadlines.ts';
import type { Deadline } from './deadlines.ts';
import { identify } from './plain-values.ts';

interface Bucket {
  /** In parts of a token of which `everyMs` make one: so every millisecond brings a whole number. */
  parts: number;
  /** When it held that, by the agreed time. */
  at: number;
}

/**
 * Token buckets: each key has one, which begins full. A call takes tokens out or is refused; time puts
 * tokens in, evenly, up to the capacity. The time is agreed, so all clients have one rate between them.
 */
export class RateLimiter {
  capacity: number;
  refill: number;
  everyMs: number;
  /** By what identifies the key. What is not here is full. */
  buckets = new Map<string, Bucket>();
  /** One for each bucket: when it was to be full when last looked at. Versions are of no use here. */
  deadlines: Deadline[] = [];

  /**
   * @param capacity Tokens that a bucket holds.
   * @param refill Tokens that come in `everyMs`.
   */
  constructor(capacity = 10, refill = 10, everyMs = 1000) {
    this.capacity = checkInteger(capacity, 'capacity', 1, MAX_TOKENS);
    this.refill = checkInteger(refill, 'refill', 1, MAX_TOKENS);
    this.everyMs = checkInteger(everyMs, 'everyMs', 1, MAX_EVERY_MS);
  }

  /** Takes so many tokens, or none. Throws ValueError for more than a bucket holds. */
  tryAcquire(count = 1, key: unknown = ''): boolean {
    const wanted = this.everyMs * checkCount(this, count);
    const id = identify(key, KEY);
    const time = now();
    const parts = partsAt(this, id, time);
    sweep(this, time);
    if (parts < wanted) return false;
    const bucket = this.buckets.get(id);
    if (bucket === undefined) {
      checkRoom(this.buckets.size);
      this.buckets.set(id, { parts: parts - wanted, at: time });
      follow(this, id, time);
    } else {
      bucket.parts = parts - wanted;
      bucket.at = time;
    }
    return true;
  }

  /** Whole tokens that are there now. */
  available(key: unknown = ''): number {
    return Math.floor(partsAt(this, identify(key, KEY), now()) / this.everyMs);
  }

  /** ms until so many tokens are there, if nobody takes any; 0 when they are there. */
  waitMs(count = 1, key: unknown = ''): number {
    const wanted = this.everyMs * checkCount(this, count);
    const missing = wanted - partsAt(this, identify(key, KEY), now());
    return missing <= 0 ? 0 : Math.ceil(missing / this.refill);
  }

  /** Fills the bucket. */
  reset(key: unknown = ''): void {
    const bucket = this.buckets.get(identify(key, KEY));
    // It is forgotten when its deadline comes.
    if (bucket !== undefined) bucket.parts = this.capacity * this.everyMs;
  }

  toString(): string {
    return `${this.refill} in ${this.everyMs} ms, at most ${this.capacity} at once`;
  }

  __repr__(): string {
    return `<RateLimiter capacity=${this.capacity} refill=${this.refill}/${this.everyMs}ms>`;
  }
}

/** So that the parts of a full bucket are counted exactly. */
const MAX_TOKENS = 1_000_000;
const MAX_EVERY_MS = 1_000_000_000;
/** Two for each that a call may add: keys that nobody uses any more go sooner than new ones come. */
const SWEPT_PER_CALL = 2;
const KEY = 'a key';

function checkCount({ capacity }: RateLimiter, count: unknown): number {
  const checked = checkInteger(count, 'count', 1);
  if (checked <= capacity) return checked;
  throw new ValueError(`a bucket never holds ${checked} tokens, but ${capacity} at most`);
}

function partsAt(
  { buckets, capacity, refill, everyMs }: RateLimiter,
  id: string,
  time: number,
): number {
  const full = capacity * everyMs;
  const bucket = buckets.get(id);
  if (bucket === undefined) return full;
  const elapsed = Math.max(0, time - bucket.at);
  // First by time: the product of a long time would not be exact.
  if (elapsed * refill >= full - bucket.parts) return full;
  return bucket.parts + elapsed * refill;
}

/** Looks at a bucket again when it will be full, if nobody takes anything out meanwhile. */
function follow(limiter: RateLimiter, id: string, time: number): void {
  const missing = limiter.capacity * limiter.everyMs - partsAt(limiter, id, time);
  const at = time + Math.ceil(missing / limiter.refill);
  addDeadline(limiter.deadlines, { at, id, version: 0 });
}

/** A full bucket is as good as none. */
function sweep(limiter: RateLimiter, time: number): void {
  for (let looked = 0; looked < SWEPT_PER_CALL; looked++) {
    const [first] = limiter.deadlines;
    if (first === undefined || first.at > time) return;
    dropEarliest(limiter.deadlines);
    const isFull = partsAt(limiter, first.id, time) === limiter.capacity * limiter.everyMs;
    if (isFull) limiter.buckets.delete(first.id);
    else follow(limiter, first.id, time);
  }
}
