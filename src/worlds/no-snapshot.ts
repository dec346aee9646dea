/** What is said when a state cannot be captured: nothing is lost as long as there is room for the log. */
export function noSnapshot(reason: string): string {
  return `no snapshot can be taken, and the log grows until the object lets go of it: ${reason}`;
}
