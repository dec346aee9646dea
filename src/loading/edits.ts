import { assert } from '../base/index.ts';

interface Edit {
  readonly at: number;
  /** Units of the original that go away. */
  readonly removed: number;
  readonly text: string;
}

/**
 * Changes to a text by offsets of the original. What is inserted at one place stays in the order in which it
 * was asked for: whoever walks a tree opens on the way in and closes on the way out.
 */
export class Edits {
  readonly #original: string;
  readonly #edits: Edit[] = [];

  constructor(original: string) {
    this.#original = original;
  }

  get isEmpty(): boolean {
    return this.#edits.length === 0;
  }

  insert(at: number, text: string): void {
    this.#edits.push({ at, removed: 0, text });
  }

  replace(start: number, end: number, text: string): void {
    this.#edits.push({ at: start, removed: end - start, text });
  }

  apply(): string {
    // Sorting is stable, which keeps the order at one place.
    const sorted = this.#edits.toSorted((a, b) => a.at - b.at);
    const parts: string[] = [];
    let done = 0;
    for (const { at, removed, text } of sorted) {
      assert(at >= done, 'edits do not overlap');
      parts.push(this.#original.slice(done, at), text);
      done = at + removed;
    }
    parts.push(this.#original.slice(done));
    return parts.join('');
  }
}
