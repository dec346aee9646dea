import { Random } from '../base/index.ts';
import { memberOf } from '../paxos/index.ts';
import type { Activity, ActivityParts } from './activity.ts';
import { CallsActivity } from './calls-activity.ts';
import type { WorldCounts } from './class-executor.ts';
import { Cluster } from './cluster.ts';
import type { ClusterCounts } from './cluster.ts';
import { counterSubject } from './counter-subject.ts';
import { countsOf, Faults } from './faults.ts';
import type { FaultKind } from './fault-kinds.ts';
import { Demands } from './demands.ts';
import { AgreementJudge, sameBytes } from './judge-agreement.ts';
import { BallotJudge } from './judge-ballots.ts';
import { DigestJudge } from './judge-digests.ts';
import { LogsJudge } from './judge-logs.ts';
import { VotesJudge } from './judge-votes.ts';
import { ledgerSubject } from './ledger-subject.ts';
import { Network } from './network.ts';
import { Observers, Verdict } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';
import type { Site } from './site.ts';
import { drawSettings, makeDense } from './settings.ts';
import type { Settings } from './settings.ts';
import { isWaiting } from './subject.ts';
import type { ObjectName, Runnable } from './subject.ts';
import { WaitingActivity } from './waiting-activity.ts';
import { waitingSubject } from './waiting-subject.ts';
import { showReplicaState, Wiretap } from './wiretap.ts';
import type { WorkloadCounts } from './workload.ts';
import { SECOND, World } from './world.ts';
import type { Trace } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Events with faults; the end of a run comes on top. */
  readonly events?: number;
  /** Only these kinds of faults, instead of some that are drawn. */
  readonly faults?: readonly FaultKind[];
  /** What the instance runs, instead of what is drawn. */
  readonly object?: ObjectName;
  /** Whether many callers call in a short time, instead of some as it is drawn. */
  readonly dense?: boolean;
  readonly trace?: Trace;
  /** Whether the trace has every message, too. */
  readonly wiretap?: boolean;
}

export interface SimulationReport {
  readonly seed: number;
  readonly dense: boolean;
  readonly events: number;
  /** Virtual µs. */
  readonly duration: number;
  /** Equal for equal seeds. */
  readonly hash: string;
  readonly settings: Settings;
  readonly faults: readonly (readonly [FaultKind, number])[];
  readonly cluster: ClusterCounts;
  readonly calls: WorkloadCounts;
  readonly worlds: WorldCounts;
  readonly viewChanges: number;
  readonly slots: number;
  /** Its calls were found to be linearizable; else there were too many at once to tell. */
  readonly proven: boolean;
  readonly failure: Failure | undefined;
}

export interface Failure {
  /** Who objects; `code` when the code under test threw. */
  readonly judge: string;
  readonly words: string;
  readonly stack: string;
}

/** Enough for some tens of seconds of virtual time. */
export const DEFAULT_EVENTS = 40_000;
/** Virtual time in which everything must be well again once nothing goes wrong any more. */
/** So long an operator waits. */
const HALTED_PATIENCE = 5 * SECOND;
const RECOVERY = 30 * SECOND;

/** Runs an instance under faults and judges it. A run is decided by its options alone. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  // The dice of the settings are their own, so that a run with other faults is otherwise the same.
  const drawn = drawSettings(new Random(options.seed), options.faults);
  const object = options.object ?? drawn.object;
  // Events are as quick as light calls; that one can be taken out is a matter of classes of users.
  const demandingOnce = isWaiting(object) ? 0 : drawn.demandingOnce;
  const sparse = { ...drawn, object, demandingOnce };
  const dice = new Random(options.seed);
  const settings = options.dense === true ? makeDense(sparse, dice) : sparse;
  const run = new Run(options, settings, await matterOf(object));
  let failure: Failure | undefined;
  try {
    await run.play(options.events ?? DEFAULT_EVENTS);
  } catch (error) {
    failure = failureOf(error);
  }
  return run.report(failure);
}

/** What an instance runs, and what clients do with it. */
interface Matter {
  readonly runnable: Runnable;
  readonly act: (parts: ActivityParts) => Activity;
}

async function matterOf(object: ObjectName): Promise<Matter> {
  if (isWaiting(object)) {
    const subject = waitingSubject(object);
    return { runnable: subject, act: (parts) => new WaitingActivity(parts, subject) };
  }
  const subject = object === 'Ledger' ? await ledgerSubject() : counterSubject();
  return { runnable: subject, act: (parts) => new CallsActivity(parts, subject) };
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { judge: 'code', words: String(error), stack: '' };
  const judge = error instanceof Verdict ? error.judge : 'code';
  return { judge, words: error.message, stack: error.stack ?? '' };
}

interface CapturedState {
  readonly name: string;
  readonly state: Uint8Array;
}

/** One run, from the founding of the instance to the verdict. */
class Run {
  readonly #seed: number;
  readonly #dense: boolean;
  readonly #world: World;
  readonly #settings: Settings;
  readonly #cluster: Cluster;
  readonly #activity: Activity;
  readonly #faults: Faults;
  readonly #worlds: WorldCounts = { worlds: 0, shadows: 0, killed: 0, lost: 0, tooSlow: 0 };
  readonly #agreement: AgreementJudge;

  constructor(
    { dense, seed, trace, wiretap }: SimulationOptions,
    settings: Settings,
    matter: Matter,
  ) {
    this.#seed = seed;
    this.#dense = dense === true;
    this.#settings = settings;
    const demands = new Demands(seed, settings.demandingOnce);
    const world = new World(seed, trace);
    this.#world = world;
    const network = new Network(world, world.random.fork(), settings.delayUs);
    const observers = new Observers();
    const { pace, retention, shadowFromBytes, timing } = settings;
    const random = world.random.fork();
    const subject = matter.runnable;
    const object = { demands, subject, shadowFromBytes, worlds: this.#worlds };
    const surroundings = { network, random, observers, timing, retention, pace, ...object };
    const cluster = new Cluster(world, surroundings, settings);
    this.#cluster = cluster;
    const addresses = (): string[] =>
      cluster.sites.filter(({ retired }) => !retired).map(({ address }) => address);
    const activity = matter.act({ world, network, settings, demands, addresses });
    this.#activity = activity;
    this.#agreement = new AgreementJudge(cluster.genesis);
    observers.add(this.#agreement);
    observers.add(new BallotJudge(this.#agreement));
    observers.add(new VotesJudge((slot) => this.#agreement.entry(slot)));
    observers.add(new LogsJudge());
    observers.add(activity.corrected);
    observers.add(new DigestJudge(activity.corrected));
    for (const observer of activity.observers) observers.add(observer);
    observers.add(cluster.views);
    observers.add(cluster);
    if (wiretap === true) observers.add(new Wiretap(world));
    const workload = activity.clientele;
    this.#faults = new Faults({ world, network, cluster, workload, settings });
    observers.add(this.#faults);
  }

  async play(events: number): Promise<void> {
    const world = this.#world;
    if (world.traced) world.say(JSON.stringify(this.#settings));
    this.#cluster.found();
    this.#activity.begin(this.#cluster);
    this.#faults.begin();
    await world.runUntil(Infinity, () => world.events >= events);
    this.#faults.end();
    if (world.traced) world.say('-- no more faults');
    this.#activity.quiet();
    await this.#restartHalted();
    await this.#await('every call under way ends', () => this.#activity.outstanding === 0);
    await this.#await('every member runs and serves', () => this.#isWhole());
    await this.#activity.conclude({
      cluster: this.#cluster,
      until: (what, done) => this.#await(what, done),
    });
    this.#activity.judge(await this.#compareStates());
  }

  /** What an operator does with replicas that do not rebuild themselves: their log has all that they need. */
  async #restartHalted(): Promise<void> {
    const { sites } = this.#cluster;
    const halted = (): Site[] =>
      sites.filter(({ replica }) => replica?.alive === true && replica.replica.applier.halted);
    await this.#world.runUntil(this.#world.now + HALTED_PATIENCE, () => halted().length === 0);
    for (const site of halted()) {
      if (!site.durable) continue;
      site.process?.end('killed');
      this.#cluster.restart(site);
    }
  }

  async #await(what: string, done: () => boolean): Promise<void> {
    const limit = this.#world.now + RECOVERY;
    if (!done()) await this.#world.runUntil(limit, done);
    if (!done()) throw new Verdict('progress', `not within ${RECOVERY / SECOND} s: ${what}`);
  }

  /**
   * Every member of the newest view runs, as what the view says that it is, one of them leads, and whoever
   * runs is a member.
   */
  #isWhole(): boolean {
    const { leader, replicas, running, views } = this.#cluster;
    if (leader === undefined || leader.replica.log.view.epoch < views.newest.epoch) return false;
    const { members } = views.newest;
    const all = members.every(({ id, nameServer }) => {
      const own = replicas.find((replica) => replica.id === id)?.replica.context.self;
      return own !== undefined && own.nameServer === nameServer;
    });
    return all && running === members.length;
  }

  /** Whoever leaves is let go before it has applied everything. */
  #members(): readonly ReplicaProcess[] {
    const { replicas, views } = this.#cluster;
    return replicas.filter(({ id }) => memberOf(views.newest, id) !== undefined);
  }

  #isLevel(): boolean {
    return this.#members().every(({ replica }) => {
      return !replica.applier.halted && replica.applier.applied === this.#agreement.highest;
    });
  }

  /**
   * Members at the same slot have the same state, whatever the way on which they came there: restored,
   * replayed, or gone back. A call whose client is dead may still be decided meanwhile, and a world that
   * was lost before may show only now: then once more.
   */
  async #compareStates(): Promise<Uint8Array> {
    for (;;) {
      await this.#await('all members have applied the same', () => {
        return this.#isWhole() && this.#isLevel();
      });
      const slot = this.#agreement.highest;
      const states: CapturedState[] = [];
      const members = this.#members();
      for (const replica of members) this.#captureSurely(replica, states);
      const ended = (): boolean => members.some(({ alive }) => !alive);
      await this.#await('every state is captured', () => {
        return states.length === members.length || ended();
      });
      if (ended() || this.#agreement.highest !== slot) continue;
      const [first, ...others] = states;
      const other = others.find(({ state }) => first && !sameBytes(first.state, state));
      if (first !== undefined && other === undefined) return first.state;
      throw new Verdict('states', `${other?.name} has another state than ${first?.name}`);
    }
  }

  /** A capture may fail, and is asked for again. */
  #captureSurely(replica: ReplicaProcess, into: CapturedState[]): void {
    replica.capture((state) => {
      if (state === undefined) this.#captureSurely(replica, into);
      else into.push({ name: replica.process.name, state });
    });
  }

  report(failure: Failure | undefined): SimulationReport {
    const world = this.#world;
    if (world.traced) {
      for (const replica of this.#cluster.replicas) world.say(showReplicaState(replica));
    }
    return {
      seed: this.#seed,
      dense: this.#dense,
      events: world.events,
      duration: world.now,
      hash: world.hash,
      settings: this.#settings,
      faults: countsOf(this.#faults),
      proven: this.#activity.proven,
      cluster: this.#cluster.counts,
      calls: this.#activity.counts,
      worlds: this.#worlds,
      viewChanges: this.#cluster.views.changes,
      slots: this.#agreement.highest,
      failure,
    };
  }
}
