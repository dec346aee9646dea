/** The Counter as a user would write it: it runs in an isolate, the ready-made one in the replica itself. */
export class Counter {
  value = 0;

  increment(): number {
    this.value += 1;
    return this.value;
  }

  getvalue(): number {
    return this.value;
  }
}
