/**
 * A map from sequence numbers for the many sessions that have one entry: a `Map` of its own would cost each
 * of them two hundred bytes.
 */
export class Few<Value> {
  #sequence = 0;
  #value: Value | undefined;
  #more: Map<number, Value> | undefined;

  get size(): number {
    return this.#more?.size ?? (this.#value === undefined ? 0 : 1);
  }

  get(sequence: number): Value | undefined {
    if (this.#more !== undefined) return this.#more.get(sequence);
    return this.#sequence === sequence ? this.#value : undefined;
  }

  set(sequence: number, value: Value): void {
    if (this.#more === undefined && (this.#value === undefined || this.#sequence === sequence)) {
      this.#sequence = sequence;
      this.#value = value;
      return;
    }
    this.#more ??= new Map(this.entries());
    this.#value = undefined;
    this.#more.set(sequence, value);
  }

  delete(sequence: number): void {
    if (this.#more !== undefined) this.#more.delete(sequence);
    else if (this.#sequence === sequence) this.#value = undefined;
  }

  entries(): readonly [number, Value][] {
    if (this.#more !== undefined) return [...this.#more];
    return this.#value === undefined ? [] : [[this.#sequence, this.#value]];
  }
}
