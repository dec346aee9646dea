import { present } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import type { ClientRequest, RequestName, SessionNumber } from '../paxos/index.ts';
import type { CallId, Settlement } from '../session/index.ts';
import { encodeCommand } from '../wire/index.ts';
import type { Beliefs, Believer } from './beliefs.ts';
import { ClientProcess } from './client-process.ts';
import type { WaitingJudge } from './judge-waiting.ts';
import type { Machine, Network } from './network.ts';
import { VirtualProcess } from './process.ts';
import type { Settings } from './settings.ts';
import { judgeSettlement } from './waiting-settlements.ts';
import type { Ask, Script } from './waiting-flow.ts';
import type { WorkloadCounts } from './workload.ts';
import { MS } from './world.ts';
import type { World } from './world.ts';

export interface WaitingClientParts {
  readonly world: World;
  readonly network: Network;
  readonly settings: Settings;
  readonly script: Script;
  readonly judge: WaitingJudge;
  readonly beliefs: Beliefs;
  readonly counts: WorkloadCounts;
  readonly bootstrap: readonly Machine[];
  readonly flows: number;
  /** It does not leave before it is told to. */
  readonly tireless: boolean;
  /** Another client begins, as this one goes. */
  readonly replace: () => void;
}

/** One call of a flow. */
export interface FlowCall extends Ask {
  readonly command: Uint8Array;
  /** When it was made, and when its end was known: virtual µs. */
  readonly begunAt: number;
  name: RequestName | undefined;
}

/** One thread of a client: a call at a time, and what it has acquired. */
class Flow implements Believer {
  readonly name: string;
  /** How it is told from others of its client; undefined when it is the only one. */
  readonly owner: string | undefined;
  readonly #client: WaitingClient;
  /** The calls by which it has acquired something, the latest last. */
  levels: RequestName[] = [];
  broken = false;
  current: CallId | undefined;

  constructor(client: WaitingClient, name: string, owner: string | undefined) {
    this.#client = client;
    this.name = name;
    this.owner = owner;
  }

  get stopped(): boolean {
    return this.#client.dazed;
  }
}

/** What clocks may differ by, so that 15 % of a lease is enough. */
const RATES = [0.94, 0.97, 1, 1, 1, 1.03, 1.06] as const;

/** A client that acquires, waits, and gives back, in one flow or several. */
export class WaitingClient {
  readonly name: Machine;
  readonly #parts: WaitingClientParts;
  readonly #random: Random;
  readonly #process: ClientProcess;
  readonly #flows: readonly Flow[];
  /** Calls under way, by the bytes that are sent for them. */
  readonly #calls = new Map<Uint8Array, FlowCall>();
  /** When its process ended, in virtual µs; Infinity while it runs. */
  endedAt = Infinity;
  readonly sessions = new Set<SessionNumber>();
  /** Flows that believe from the end of this turn on. */
  readonly #beginning: { readonly flow: Flow; readonly epoch: number }[] = [];
  #callsLeft: number;
  #quiet = false;
  /** It was stopped, and has not looked at its clocks since. */
  dazed = false;

  constructor(parts: WaitingClientParts, process: VirtualProcess) {
    const { bootstrap, flows, network, settings, world } = parts;
    this.#parts = parts;
    this.name = process.name;
    this.#random = world.random.fork();
    this.#process = new ClientProcess({
      ...{ process, network, bootstrap, machine: process.name },
      random: this.#random.fork(),
      acknowledgeBytes: settings.acknowledgeBytes,
      acknowledged: () => undefined,
      rate: this.#random.pick(RATES),
      leaseMs: settings.leaseMs,
      watch: {
        sent: (requests) => this.#sent(requests),
        lost: (sequences) => this.#lost(sequences),
        turned: () => this.#turned(),
      },
    });
    this.#flows = Array.from({ length: flows }, (_, at) => {
      const owner = flows === 1 ? undefined : `f${at}`;
      return new Flow(this, `${process.name}/${at}`, owner);
    });
    const brief = settings.shortLived && !parts.tireless && this.#random.chance(2, 3);
    this.#callsLeft = brief ? this.#random.between(1, 60) : Infinity;
    process.onEnd(() => {
      this.endedAt = world.now;
      this.#forget();
    });
  }

  get alive(): boolean {
    return this.#process.process.alive;
  }

  /** Calls under way, and what is not given back yet. */
  get outstanding(): number {
    const held = this.#flows.filter(({ levels }) => levels.length > 0);
    return this.#process.outstanding + held.length;
  }

  knows(addresses: readonly Machine[]): boolean {
    return this.#process.knows(addresses);
  }

  begin(): void {
    for (const flow of this.#flows) this.#think(flow);
  }

  quiet(): void {
    this.#quiet = true;
  }

  crash(): void {
    this.#process.process.end(this.#random.chance(1, 2) ? 'killed' : 'unplugged');
  }

  giveUp(): boolean {
    const busy = this.#flows.filter(({ current }) => current !== undefined);
    if (busy.length === 0) return false;
    const { current } = this.#random.pick(busy);
    this.#parts.counts.givenUp++;
    this.#process.giveUp(present(current, 'call under way'), {
      code: 'ABORTED',
      message: 'the caller aborted',
    });
    return true;
  }

  pause(us: number): void {
    const { process } = this.#process;
    process.stop();
    this.dazed = true;
    this.#parts.world.schedule(us, 'fault', process.number, () => process.resume());
  }

  #forget(): void {
    for (const flow of this.#flows) {
      flow.levels = [];
      this.#parts.beliefs.end(flow);
    }
  }

  /** Programs go on behind the turn in which they are told: what has been lost in it they know by then. */
  #turned(): void {
    const { beliefs, judge } = this.#parts;
    const begin = this.#beginning.splice(0);
    for (const { epoch, flow } of begin) {
      if (flow.levels.length > 0) beliefs.begin(flow, epoch, judge.capacityOf(epoch));
    }
    if (!this.dazed || this.#process.process.stopped) return;
    this.dazed = false;
    for (const flow of this.#flows) beliefs.check(flow, (epoch) => judge.capacityOf(epoch));
  }

  #think(flow: Flow): void {
    const { script, settings } = this.#parts;
    // Some work for longer than a lease with what they own.
    const longs =
      flow.levels.length > 0 && !this.#quiet && this.#random.chance(1, settings.longWorkOnce);
    const longest = longs ? 2.5 * settings.leaseMs * MS : 2 * settings.thinkUs;
    const pause = this.#random.between(0, Math.floor(longest));
    this.#process.process.after(pause, 'client', () => {
      if (this.#callsLeft <= 0 && !this.#quiet) return this.#leave();
      const { broken, levels } = flow;
      const view = { levels: levels.length, broken, quiet: this.#quiet };
      const ask = script(view, this.#random);
      if (ask === undefined) return;
      this.#callsLeft--;
      this.call(flow, ask, () => this.#think(flow));
    });
  }

  /** Closes with whatever it owns and waits for. */
  #leave(): void {
    this.quiet();
    this.#process.close(this.#random.pick([0, 100, 5000]));
    this.#parts.replace();
  }

  /** The first flow, for whoever makes a few calls by himself. */
  make(ask: Ask, done: (settlement: Settlement) => void): void {
    this.call(present(this.#flows[0], 'flow'), ask, done);
  }

  call(flow: Flow, ask: Ask, done: (settlement: Settlement) => void): void {
    const { counts, world } = this.#parts;
    const owner = flow.owner === undefined ? {} : { owner: flow.owner };
    const { method } = ask;
    const args = ask.args ?? [{ ...ask.options, ...owner }];
    const command = encodeCommand(method, args);
    const call: FlowCall = { ...ask, command, begunAt: world.now, name: undefined };
    this.#calls.set(command, call);
    const given = this.#before(flow, method);
    counts.calls++;
    const request = {
      method,
      command,
      consistency: 'linearizable',
      ...this.#drawDeadlines(),
    } as const;
    flow.current = this.#process.call(request, (settlement) => {
      flow.current = undefined;
      this.#calls.delete(command);
      this.#settled(flow, call, settlement, given);
      done(settlement);
    });
  }

  #drawDeadlines(): { readonly deadline: number; readonly waitDeadline: number } {
    if (this.#quiet || this.#random.chance(3, 4))
      return { deadline: Infinity, waitDeadline: Infinity };
    const within = this.#random.between(50, this.#random.pick([400, 8000]));
    const waits = this.#random.pick([Infinity, this.#random.between(50, 4000)]);
    const { now } = this.#process;
    return { deadline: now + within, waitDeadline: now + waits };
  }

  /** What a flow gives back by a call, it must not count on from there on. Returns these acquisitions. */
  #before(flow: Flow, method: string): readonly RequestName[] {
    const { beliefs } = this.#parts;
    if (method === 'wait') beliefs.end(flow);
    if (method !== 'release') return [];
    const given = flow.levels.splice(-1);
    if (flow.levels.length === 0) beliefs.end(flow);
    return given;
  }

  #settled(
    flow: Flow,
    call: FlowCall,
    settlement: Settlement,
    given: readonly RequestName[],
  ): void {
    const { counts, judge, world } = this.#parts;
    const outcome = judgeSettlement(judge, flow.name, call, settlement);
    if (world.traced) {
      const key = call.name === undefined ? '-' : `${call.name.session}:${call.name.sequence}`;
      world.say(`${flow.name} ${call.method} ${key} ${JSON.stringify(outcome)}`);
    }
    if (outcome.kind === 'returned') counts.returned++;
    if (call.name !== undefined) judge.settled(call.name, call.begunAt, world.now);
    const value = outcome.kind === 'returned' ? outcome.value : undefined;
    flow.broken = value === 'thrown BrokenBarrierError';
    if (call.method === 'acquire' && value === true) {
      counts.granted++;
      flow.levels.push(present(call.name, 'name of a call that was executed'));
      if (flow.levels.length === 1) this.#believe(flow, call);
    } else if (call.method === 'wait') {
      if (typeof value === 'boolean') {
        if (flow.levels.length > 0) this.#believe(flow, call);
      } else this.#giveBack(flow.levels.splice(0));
    } else if (outcome.kind === 'failed') this.#giveBack(given);
  }

  #believe(flow: Flow, { name }: FlowCall): void {
    const ending = present(
      name && this.#parts.judge.ending(name),
      'ending of a call that returned',
    );
    this.#beginning.push({ flow, epoch: ending.epoch });
  }

  /** Nobody knows whether it was given back. */
  #giveBack(names: readonly RequestName[]): void {
    for (const name of names) this.#process.giveBack(name);
  }

  #sent(requests: readonly ClientRequest[]): void {
    for (const request of requests) {
      if (request.kind !== 'item' || request.item.kind !== 'call') continue;
      const { command, sequence, session } = request.item;
      this.sessions.add(session);
      const call = this.#calls.get(command);
      if (call !== undefined) call.name = { session, sequence };
    }
  }

  /** As the engine of programs does it: whoever counted on it stops, and what may be owned is given back. */
  #lost(sequences: readonly number[]): void {
    const { beliefs, counts, world } = this.#parts;
    if (world.traced) world.say(`${this.name} loses ${sequences.join(' ')}`);
    for (const flow of this.#flows) {
      const gone = flow.levels.filter(({ sequence }) => sequences.includes(sequence));
      if (gone.length === 0) continue;
      counts.lost += gone.length;
      flow.levels = flow.levels.filter((name) => !gone.includes(name));
      if (flow.levels.length === 0) beliefs.end(flow);
      this.#giveBack(gone);
    }
  }

  /** Without a word, as if it had no time to say it. */
  close(): void {
    this.quiet();
    this.#process.close(0);
  }
}

/** A process for a client: its number tells it from replicas. */
export function clientProcess(world: World, number: number): VirtualProcess {
  return new VirtualProcess(world, 10_000 + number, `c${number}`);
}
