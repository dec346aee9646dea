import { FAULT_KINDS } from './fault-kinds.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { SimulationReport } from './simulate.ts';
import { isWaiting } from './subject.ts';
import { SECOND } from './world.ts';

/** What many runs did, added up. */
export interface Tally {
  runs: number;
  events: number;
  virtualSeconds: number;
  slots: number;
  calls: number;
  returned: number;
  givenUp: number;
  resolved: number;
  resultsGone: number;
  acknowledged: number;
  /** Acquisitions that clients were told of, and those that they lost against their will. */
  granted: number;
  lostGrants: number;
  /** Faults that happened, each counted. */
  faultsInAll: number;
  failOvers: number;
  viewChanges: number;
  snapshotInstalls: number;
  restarts: number;
  joins: number;
  departures: number;
  refusedDirectories: number;
  /** Runs with callers that wait. */
  runsOfWaiting: number;
  /** Runs of a class of users. */
  runsOfClasses: number;
  /** Worlds that were made for them. */
  worlds: number;
  /** And those among them that followed another. */
  shadows: number;
  /** Calls that were killed, counted on every replica. */
  killed: number;
  /** Worlds that were lost, with or without the process. */
  lostWorlds: number;
  /** Runs whose calls were proven to be linearizable. */
  proven: number;
  /** Runs that were made twice, with equal hashes. */
  repeated: number;
  /** How many runs had each kind of fault. */
  readonly faults: Record<FaultKind, number>;
}

export function emptyTally(): Tally {
  return {
    runs: 0,
    events: 0,
    virtualSeconds: 0,
    slots: 0,
    calls: 0,
    returned: 0,
    givenUp: 0,
    resolved: 0,
    resultsGone: 0,
    acknowledged: 0,
    granted: 0,
    lostGrants: 0,
    faultsInAll: 0,
    failOvers: 0,
    viewChanges: 0,
    snapshotInstalls: 0,
    restarts: 0,
    joins: 0,
    departures: 0,
    refusedDirectories: 0,
    runsOfWaiting: 0,
    runsOfClasses: 0,
    worlds: 0,
    shadows: 0,
    killed: 0,
    lostWorlds: 0,
    proven: 0,
    repeated: 0,
    faults: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Tally['faults'],
  };
}

/** Adds one run. */
export function count(tally: Tally, report: SimulationReport): void {
  tally.runs++;
  tally.events += report.events;
  tally.virtualSeconds += report.duration / SECOND;
  tally.slots += report.slots;
  if (report.proven) tally.proven++;
  if (report.settings.object === 'Ledger') tally.runsOfClasses++;
  if (isWaiting(report.settings.object)) tally.runsOfWaiting++;
  tally.granted += report.calls.granted;
  tally.lostGrants += report.calls.lost;
  for (const [, times] of report.faults) tally.faultsInAll += times;
  tally.worlds += report.worlds.worlds;
  tally.shadows += report.worlds.shadows;
  tally.killed += report.worlds.killed;
  tally.lostWorlds += report.worlds.lost;
  tally.calls += report.calls.calls;
  tally.returned += report.calls.returned;
  tally.givenUp += report.calls.givenUp;
  tally.resolved += report.calls.resolved;
  tally.resultsGone += report.calls.resultsGone;
  tally.acknowledged += report.calls.acknowledged;
  tally.failOvers += report.cluster.failOvers;
  tally.viewChanges += report.viewChanges;
  tally.snapshotInstalls += report.cluster.snapshotInstalls;
  tally.restarts += report.cluster.restarts;
  tally.joins += report.cluster.joins;
  tally.departures += report.cluster.departures;
  tally.refusedDirectories += report.cluster.refusedDirectories;
  for (const [kind, times] of report.faults) if (times > 0) tally.faults[kind]++;
}

/** Kinds of faults that fewer than one run in ten had. */
export function rareFaults(tally: Tally): FaultKind[] {
  return FAULT_KINDS.filter((kind) => tally.faults[kind] * 10 < tally.runs);
}

/** The table that people read. */
export function showTally(tally: Tally, seconds: number): string {
  const { faults, ...numbers } = tally;
  const rows = Object.entries(numbers).map(([name, value]) => {
    const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return `  ${words.padEnd(22)} ${Math.round(value).toLocaleString('en-US').padStart(16)}`;
  });
  const rate = Math.round(tally.events / Math.max(seconds, 0.001));
  rows.push(`  ${'events per second'.padEnd(22)} ${rate.toLocaleString('en-US').padStart(16)}`);
  const shares = FAULT_KINDS.map((kind) => {
    const share = Math.round((100 * faults[kind]) / Math.max(1, tally.runs));
    return `  ${kind.padEnd(22)} ${String(share).padStart(14)} %`;
  });
  return ['all runs', ...rows, '', 'share of runs with', ...shares].join('\n');
}
