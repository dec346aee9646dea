/** Something that will happen. Events of the same time happen in the order in which they were scheduled. */
export interface Scheduled {
  /** Virtual µs. */
  readonly at: number;
  readonly order: number;
  /** What it is and whom it concerns, for the hash of the run. */
  readonly kind: number;
  readonly actor: number;
  readonly run: () => void;
}

/** Of two events that are scheduled: which happens first. */
export function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
