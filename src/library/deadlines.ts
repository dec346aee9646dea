/** When what ends: a binary heap in an array, the earliest first. Plain data, to be captured as they are. */
export interface Deadline {
  /** ms since 1970. */
  readonly at: number;
  readonly id: string;
  /** Of what it was set for: what has another version since has another deadline, or none. */
  readonly version: number;
}

export function addDeadline(heap: Deadline[], deadline: Deadline): void {
  let at = heap.length;
  heap.push(deadline);
  while (at > 0) {
    const parent = (at - 1) >>> 1;
    if (!isEarlier(heap, at, parent)) return;
    exchange(heap, at, parent);
    at = parent;
  }
}

/** Removes the earliest one. */
export function dropEarliest(heap: Deadline[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let at = 0; ;) {
    let least = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && isEarlier(heap, child, least)) least = child;
    }
    if (least === at) return;
    exchange(heap, at, least);
    at = least;
  }
}

function isEarlier(heap: readonly Deadline[], a: number, b: number): boolean {
  return (heap[a]?.at ?? Infinity) < (heap[b]?.at ?? Infinity);
}

function exchange(heap: Deadline[], a: number, b: number): void {
  const [first, second] = [heap[a], heap[b]];
  if (first === undefined || second === undefined) return;
  heap[a] = second;
  heap[b] = first;
}
