import { limits } from '../base/index.ts';

/** Items as their clients encoded them, in the order in which they will enter the log. */
export class RequestQueue {
  #items: Uint8Array[] = [];
  #bytes = 0;
  /** When the first of them is due (ms). */
  #dueAt = Infinity;

  get length(): number {
    return this.#items.length;
  }

  get isLong(): boolean {
    return this.#items.length >= limits.QUEUE_REQUESTS;
  }

  hasRoomFor(bytes: number): boolean {
    return !this.isLong && this.#bytes + bytes <= limits.QUEUE_BYTES;
  }

  /** Whether one of them must not wait for others any more. */
  isDue(now: number): boolean {
    return now >= this.#dueAt;
  }

  /** @param dueAt Until when it may stay for the sake of others (ms); -Infinity when it must not. */
  push(item: Uint8Array, dueAt = -Infinity): void {
    this.#dueAt = Math.min(this.#dueAt, dueAt);
    this.#items.push(item);
    this.#bytes += item.length;
  }

  clear(): void {
    this.#items = [];
    this.#bytes = 0;
    this.#dueAt = Infinity;
  }

  /** Takes batch after batch out, as long as there is room for one. */
  drain(hasRoom: () => boolean, propose: (items: readonly Uint8Array[]) => void): void {
    let from = 0;
    while (from < this.#items.length && hasRoom()) {
      let to = from;
      let bytes = 0;
      while (to < this.#items.length && to - from < limits.MAX_BATCH_ITEMS) {
        const size = (this.#items[to] as Uint8Array).length;
        if (to > from && bytes + size > limits.BATCH_TARGET_BYTES) break;
        bytes += size;
        to++;
      }
      propose(this.#items.slice(from, to));
      this.#bytes -= bytes;
      from = to;
    }
    if (from > 0) this.#items = this.#items.slice(from);
    if (this.#items.length === 0) this.#dueAt = Infinity;
  }
}
