/** Everything that goes wrong, or is asked of the instance, in some run. */
export const FAULT_KINDS = [
  // The network between replicas, and to clients.
  'loss',
  'duplication',
  'reordering',
  'delay spikes',
  'partition',
  'one-way partition',
  'partial partition',
  'leaders cut off',
  'link reset',
  // Processes and machines.
  'crash',
  'crash of all',
  'crash at a turning point',
  'pause',
  'slow execution',
  'clock jump',
  'clock drift',
  // Disks.
  'torn write',
  'stale directory',
  'lost directory',
  'slow sync',
  'failing sync',
  'full disk',
  // What operators do.
  'join',
  'leave',
  'remove',
  'transfer',
  // Clients.
  'give-up',
  'client crash',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];
