import { limits } from '../base/index.ts';

/** Items as their clients encoded them, in the order in which they will enter the log. */
export class RequestQueue {
  #items: Uint8Array[] = [];
  #bytes = 0;

  get length(): number {
    return this.#items.length;
  }

  get isLong(): boolean {
    return this.#items.length >= limits.QUEUE_REQUESTS;
  }

  hasRoomFor(bytes: number): boolean {
    return !this.isLong && this.#bytes + bytes <= limits.QUEUE_BYTES;
  }

  push(item: Uint8Array): void {
    this.#items.push(item);
    this.#bytes += item.length;
  }

  clear(): void {
    this.#items = [];
    this.#bytes = 0;
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
    if (from > 0) this.#items = from === this.#items.length ? [] : this.#items.slice(from);
  }
}
