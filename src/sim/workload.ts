import type { Random } from '../base/index.ts';
import type { Slot } from '../paxos/index.ts';
import type { CallRequest, Fate, Settlement } from '../session/index.ts';
import { encodeCommand } from '../wire/index.ts';
import { ClientProcess } from './client-process.ts';
import type { Call, History } from './history.ts';
import type { Machine, Network } from './network.ts';
import { VirtualProcess } from './process.ts';
import type { Settings } from './settings.ts';
import { outcomeOf } from './subject.ts';
import type { Subject } from './subject.ts';
import { MS, SECOND } from './world.ts';
import type { World } from './world.ts';

/** Process numbers of clients begin here: the hash tells them from replicas. */
const FIRST_CLIENT_NUMBER = 10_000;

export interface WorkloadParts {
  readonly world: World;
  readonly network: Network;
  readonly history: History;
  readonly settings: Settings;
  readonly subject: Subject;
  /** Where replicas may be found at present. */
  readonly addresses: () => readonly Machine[];
}

interface ClientParts extends WorkloadParts {
  /** Another client begins. */
  readonly replace: () => void;
  /** Some client that is alive. */
  readonly anyone: () => Client | undefined;
}

export interface WorkloadCounts {
  calls: number;
  returned: number;
  givenUp: number;
  resolved: number;
  /** Calls that took effect, and whose results the table had given up. */
  resultsGone: number;
  /** Acknowledgements of idle clients. */
  acknowledged: number;
  /** Acquisitions that a client was told of, and those that it lost against its will. */
  granted: number;
  lost: number;
}

/** How old stale reads may be. */
const MAX_LAGS_MS: readonly (number | undefined)[] = [undefined, undefined, 0, 0, 20, 300, 3000];

/** One client and its calls. */
export class Client {
  readonly name: Machine;
  readonly #process: ClientProcess;
  readonly #parts: ClientParts;
  readonly #random: Random;
  readonly #counts: WorkloadCounts;
  readonly #methods: readonly string[];
  /** How many of four reads may be stale. */
  readonly #staleOfFour: number;
  /** After so many calls it closes. */
  #callsLeft: number;
  #seen: Slot = 0;
  /** Calls that nobody settled yet, by the number of the call. */
  readonly #open = new Map<number, number>();
  #quiet = false;

  constructor(parts: ClientParts, counts: WorkloadCounts, process: VirtualProcess, at?: Machine) {
    const { addresses, network, world } = parts;
    this.name = process.name;
    this.#parts = parts;
    this.#counts = counts;
    this.#random = world.random.fork();
    this.#process = new ClientProcess({
      process,
      network,
      random: this.#random.fork(),
      machine: process.name,
      bootstrap: at === undefined ? shuffled(addresses(), this.#random) : [at],
      acknowledgeBytes: parts.settings.acknowledgeBytes,
      acknowledged: () => counts.acknowledged++,
    });
    // Some want no leader, ever: they stay with whichever replica they find.
    this.#staleOfFour = this.#random.chance(1, 5) ? 4 : 1;
    const { model, profiles } = parts.subject;
    this.#methods = this.#staleOfFour === 4 ? [...model.reads] : this.#random.pick(profiles);
    this.#callsLeft =
      parts.settings.shortLived && this.#random.chance(2, 3)
        ? this.#random.between(1, 40)
        : Infinity;
  }

  get alive(): boolean {
    return this.#process.process.alive;
  }

  get outstanding(): number {
    return this.#process.outstanding;
  }

  /** Begins to make calls, so many at once, and goes on until it is told to be quiet. */
  begin(): void {
    for (let line = this.#parts.settings.outstanding; line > 0; line--) this.#think();
  }

  quiet(): void {
    this.#quiet = true;
  }

  crash(): void {
    this.#process.process.end(this.#random.chance(1, 2) ? 'killed' : 'unplugged');
  }

  #think(): void {
    const { thinkUs } = this.#parts.settings;
    this.#process.process.after(this.#random.between(0, 2 * thinkUs), 'client', () => {
      if (this.#quiet) return;
      if (this.#callsLeft-- <= 0) return this.#leave();
      this.call(this.#random.pick(this.#methods), this.#drawDeadline(), () => this.#think());
    });
  }

  /** Closes in good order, when it has not already, and lets another take its place. */
  #leave(): void {
    this.quiet();
    this.#process.close(this.#random.pick([0, 100, 5000]));
    this.#parts.replace();
  }

  #drawDeadline(): number {
    if (this.#random.chance(3, 4)) return Infinity;
    return this.#process.now + this.#random.between(50, this.#random.pick([400, 8000]));
  }

  /** Makes one call and writes down what becomes of it. */
  call(method: string, deadline: number, done: (call: Call) => void): void {
    const { reads } = this.#parts.subject.model;
    const stale = reads.has(method) && this.#random.chance(this.#staleOfFour, 4);
    const consistency = stale ? 'stale' : 'linearizable';
    const maxLagMs = stale ? this.#random.pick(MAX_LAGS_MS) : undefined;
    const { history } = this.#parts;
    const call = history.begin(this.name, method, { consistency, maxLagMs }, this.#seen);
    this.#counts.calls++;
    const command = encodeCommand(method, [call.number]);
    const bound = maxLagMs === undefined ? {} : { maxLagMs };
    const request: CallRequest = { method, command, consistency, deadline, ...bound };
    const id = this.#process.call(request, (settlement) => {
      this.#open.delete(call.number);
      this.#settled(call, settlement);
      done(call);
    });
    this.#open.set(call.number, id);
  }

  #settled(call: Call, settlement: Settlement): void {
    const { history, world } = this.#parts;
    if (settlement.kind === 'result') {
      const { result, slot } = settlement;
      const value = outcomeOf(result);
      this.#seen = Math.max(this.#seen, slot);
      this.#counts.returned++;
      history.end(call, { kind: 'returned', value, slot });
      if (world.traced)
        world.say(`${show(call)} returned ${JSON.stringify(value)} at slot ${slot}`);
    } else if (settlement.kind === 'failed') {
      const { code, outcome, requestId } = settlement.failure;
      if (world.traced) world.say(`${show(call)} failed: ${code}, ${outcome}`);
      if (outcome === 'not-applied') history.end(call, { kind: 'never' });
      else if (outcome === 'applied') {
        this.#counts.resultsGone++;
        history.end(call, { kind: 'applied' });
      } else {
        call.requestId = requestId;
        this.#resolveLater(call);
      }
    }
  }

  /** Somebody who knows the request asks about it, at once or later: its client, or another. */
  #resolveLater(call: Call): void {
    if (this.#random.chance(1, 8)) return;
    const delay = this.#random.pick([0, 0, 10 * MS, 3 * SECOND]);
    this.#parts.world.schedule(delay, 'client', this.#process.process.number, () => {
      const client = this.#random.chance(1, 3) ? this : this.#parts.anyone();
      if (client?.alive === true) client.resolve(call, () => {});
    });
    // One that breaks down at once leaves requests under way, and nobody to take them back.
    if (this.#random.chance(1, 8) && !this.#quiet) {
      this.crash();
      this.#parts.replace();
    }
  }

  resolve(call: Call, done: () => void): void {
    const { requestId } = call;
    if (requestId === undefined || call.end.kind !== 'unknown') return done();
    this.#process.resolve(requestId, Infinity, (settlement) => {
      if (settlement.kind === 'fate') this.#learn(call, settlement.fate);
      done();
    });
  }

  #learn(call: Call, fate: Fate): void {
    const { history, world } = this.#parts;
    if (world.traced) world.say(`${show(call)} is resolved: ${fate.kind}`);
    if (call.end.kind !== 'unknown') return;
    this.#counts.resolved++;
    // Its whole session is gone, or it was cancelled so long ago that nobody remembers.
    if (fate.kind === 'unknown') return;
    history.end(call, { kind: fate.kind === 'never' ? 'never' : 'applied' });
  }

  /** Gives up one of its calls, as a caller does that aborts. */
  giveUp(): boolean {
    const numbers = [...this.#open.keys()];
    if (numbers.length === 0) return false;
    const id = this.#open.get(this.#random.pick(numbers));
    if (id === undefined) return false;
    this.#counts.givenUp++;
    this.#process.giveUp(id, { code: 'ABORTED', message: 'the caller aborted' });
    return true;
  }

  pause(us: number): void {
    const { process } = this.#process;
    process.stop();
    this.#parts.world.schedule(us, 'fault', process.number, () => process.resume());
  }
}

/** The clients of a run. */
export class Workload {
  readonly counts: WorkloadCounts = {
    calls: 0,
    returned: 0,
    givenUp: 0,
    resolved: 0,
    resultsGone: 0,
    acknowledged: 0,
    granted: 0,
    lost: 0,
  };
  readonly #parts: WorkloadParts;
  #clients: Client[] = [];
  #made = 0;
  #quiet = false;

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
  }

  get clients(): readonly Client[] {
    return this.#clients.filter(({ alive }) => alive);
  }

  begin(): void {
    for (let left = this.#parts.settings.clients; left > 0; left--) this.add().begin();
  }

  /** @param at The only address that it knows. */
  add(at?: Machine): Client {
    const number = ++this.#made;
    const { world } = this.#parts;
    const process = new VirtualProcess(world, FIRST_CLIENT_NUMBER + number, `c${number}`);
    const parts = {
      ...this.#parts,
      replace: () => this.#replace(),
      anyone: () => this.clients[number % Math.max(1, this.clients.length)],
    };
    const client = new Client(parts, this.counts, process, at);
    this.#clients.push(client);
    return client;
  }

  #replace(): void {
    if (!this.#quiet) this.add().begin();
  }

  /** Calls that somebody still waits for. */
  get outstanding(): number {
    return this.clients.reduce((sum, client) => sum + client.outstanding, 0);
  }

  /** No new calls. */
  quiet(): void {
    this.#quiet = true;
    for (const client of this.#clients) client.quiet();
  }
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, at: random.uint32() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function show({ client, method, number }: Call): string {
  return `${client} call ${number} (${method})`;
}
