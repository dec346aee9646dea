/** Real replicas as real processes, for tests from outside. */
import { setTimeout as pause } from 'node:timers/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { parseAddress } from '../../src/cli/address.ts';
import { ask } from '../../src/cli/control.ts';
import type { StatusReport } from '../../src/platform/index.ts';
import { freePorts } from './ports.ts';
import { Process } from './process.ts';
import type { Surroundings } from './process.ts';

export const COUNTER = 'concoord.object.counter.Counter';

const PATIENCE_MS = 40_000;
/**
 * Less than the test runner's own patience (`--test-timeout`): it gives a test up, but not the processes that
 * this test has started, and then waits for them for ever. Suites with longer stories set the variable.
 */
const STAGE_MS = 1000 * Number(process.env['CONCOORD_STAGE_SECONDS'] ?? 110);
const POLL_MS = 20;

/** What a command that ends by itself left behind. */
export interface Done {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Instance {
  readonly ports: number[];
  readonly replicas: Process[];
}

/** A folder and the processes that a test starts in it; everything is gone at the end. */
export class Stage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'concoord-test-'));
  readonly processes: Process[] = [];
  /** Of every process that is started from now on, unless told otherwise. */
  surroundings: Partial<Surroundings> = {};
  readonly #curtain: NodeJS.Timeout;

  /** After `patienceMs` every process is killed, so that whatever waits for one fails. */
  constructor(patienceMs: number = STAGE_MS) {
    this.#curtain = setTimeout(() => this.#killAll(), patienceMs);
  }

  #killAll(): void {
    for (const started of this.processes) {
      if (!started.running) continue;
      started.kill('SIGCONT');
      started.kill('SIGKILL');
    }
  }

  start(args: readonly string[], surroundings: Partial<Surroundings> = {}): Process {
    const started = new Process(args, {
      cwd: this.folder,
      ...this.surroundings,
      ...surroundings,
    });
    this.processes.push(started);
    return started;
  }

  /** Runs a command to its end. */
  async run(...args: string[]): Promise<Done> {
    const started = this.start(args);
    const { code } = await started.ended();
    return { code, stdout: started.stdout, stderr: started.stderr };
  }

  /** Starts a replica of the Counter and waits until it is ready. */
  async replica(
    port: number,
    flags: readonly string[] = [],
    surroundings: Partial<Surroundings> = {},
  ): Promise<Process> {
    const started = this.start(['replica', '-p', String(port), ...flags], surroundings);
    await started.printed('stdout', new RegExp(`^(?:REPLICA|NAMESERVER)-\\S+:${port} ready`, 'm'));
    return started;
  }

  /** `count` replicas in one instance: the first founds, the others join it. */
  instance(count: number, ...flags: string[]): Promise<Instance> {
    return this.instanceOf(COUNTER, count, ...flags);
  }

  async instanceOf(object: string, count: number, ...flags: string[]): Promise<Instance> {
    const ports = await freePorts(count);
    const replicas = [await this.replica(ports[0] as number, ['-o', object, ...flags])];
    const boot = ['-b', addressOf(ports[0] as number)];
    const joiners = ports.slice(1).map((port) => this.replica(port, [...boot, ...flags]));
    return { ports, replicas: [...replicas, ...(await Promise.all(joiners))] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#curtain);
    this.#killAll();
    await Promise.all(this.processes.map(({ exited }) => exited));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Where a replica is: a port of this machine, or `host:port`. */
export type Place = number | string;

export function addressOf(place: Place): string {
  return typeof place === 'string' ? place : `127.0.0.1:${place}`;
}

export function bootstrapOf(places: readonly Place[]): string {
  return places.map(addressOf).join(', ');
}

/** What the replica there says of itself and of the instance. */
export async function statusOf(place: Place): Promise<StatusReport> {
  const { reply } = await ask(parseAddress(addressOf(place)), { do: 'status' });
  return (reply as { readonly status: StatusReport }).status;
}

/** Asks again and again until `question` has an answer; errors on the way count as none. */
export async function eventually<T>(
  what: string,
  question: () => Promise<T | undefined> | T | undefined,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await question();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`never: ${what}`, { cause: last });
    await pause(POLL_MS);
  }
}

export interface LeaderReport extends StatusReport {
  readonly port: number;
}

/** The leader's own report, as soon as one of the replicas there leads and `good` says yes. */
export async function leaderOf(
  places: readonly Place[],
  good: (report: StatusReport) => boolean = () => true,
): Promise<LeaderReport> {
  let last: unknown;
  const look = async (): Promise<LeaderReport | undefined> => {
    const reports = await Promise.allSettled(places.map(statusOf));
    last = reports;
    for (const report of reports) {
      if (report.status !== 'fulfilled') continue;
      const { value } = report;
      if (value.role !== 'leader' || value.tolerates < 0 || !good(value)) continue;
      return { ...value, port: parseAddress(value.address).port };
    }
    return undefined;
  };
  try {
    return await eventually(`a leader among ${places.join(', ')} that is as wanted`, look);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${inspect(last, { depth: 5 })}`, {
      cause: error,
    });
  }
}

/** Waits until the leader hears all `count` members of its view, and all have applied everything. */
export function allLevel(places: readonly Place[], count: number): Promise<LeaderReport> {
  return leaderOf(
    places,
    ({ members, decided }) =>
      members.length === count &&
      members.every(
        ({ alive, applied, role }) => alive && role !== 'learner' && applied >= decided,
      ),
  );
}

/** Waits until the leader hears all `count` members of its view: under load nobody is ever level. */
export function allAlive(places: readonly Place[], count: number): Promise<LeaderReport> {
  return leaderOf(
    places,
    ({ members }) =>
      members.length === count && members.every(({ alive, role }) => alive && role !== 'learner'),
  );
}
