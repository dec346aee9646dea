/**
 * Counts up and down: exactly, from a whole number. It refuses to begin with, or to reach, what is too large
 * for that.
 */
export class Counter {
  value: number;

  /**
   * @param value Where the count begins.
   * @throws TypeError for what is no finite number, RangeError for one that cannot be counted on from.
   */
  constructor(value = 0) {
    // Callers in JavaScript pass anything: text would be appended to, and null counts as 0.
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw new TypeError(`a count is a finite number, not ${describe(value)}`);
    }
    this.value = exact(value);
  }

  increment(): void {
    this.value = exact(this.value + 1);
  }

  decrement(): void {
    this.value = exact(this.value - 1);
  }

  getvalue(): number {
    return this.value;
  }

  toString(): string {
    return `The counter value is ${this.value}`;
  }
}

/** Beyond this size, adding 1 changes nothing: a count that looks acknowledged would be lost. */
function exact(value: number): number {
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  const most = Number.MAX_SAFE_INTEGER;
  throw new RangeError(`the count would not be exact any more: it goes from -${most} to ${most}`);
}

function describe(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return value === null ? 'null' : typeof value;
}
