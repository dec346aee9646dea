/** Counts up and down. */
export class Counter {
  value: number;

  constructor(value = 0) {
    this.value = value;
  }

  increment(): void {
    this.value += 1;
  }

  decrement(): void {
    this.value -= 1;
  }

  getvalue(): number {
    return this.value;
  }

  toString(): string {
    return `The counter value is ${this.value}`;
  }
}
