import type { Command, Slot } from '../paxos/index.ts';
import { decodeCommand } from '../wire/index.ts';
import { KILLED } from '../realm/index.ts';
import { Corrected } from './corrected.ts';
import { checkCounter } from './counter-checker.ts';
import type { CounterCall } from './counter-checker.ts';
import type { Demands } from './demands.ts';
import type { Call, History } from './history.ts';
import { sameBytes } from './judge-agreement.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';
import { outcomeOf, sameOutcome } from './subject.ts';
import type { Model, ModelState } from './subject.ts';

/** Slot and index as one number, in order: a batch has at most 4096 items. */
const SLOT_STEP = 8192;

type Returned = Extract<Call['end'], { kind: 'returned' }>;

interface Execution {
  readonly place: number;
  readonly bytes: Uint8Array;
  readonly number: number;
  readonly result: Uint8Array;
  /** The log took it out. */
  readonly skipped: boolean;
  /** Who has executed it so. */
  readonly by: Set<ReplicaProcess>;
  /** What the object holds afterwards, by our own arithmetic. */
  readonly state: ModelState;
}

/**
 * Exactly once, and right: what executors were made to execute is compared among replicas, counted by our
 * own arithmetic, and held against what clients were told.
 */
export class CallsJudge implements Observer {
  readonly #executions = new Map<number, Execution>();
  /** In the order of their places, as the first replica executed them. */
  readonly #order: Execution[] = [];
  /** By the number of the call: its place. */
  readonly #executedAt = new Map<number, number>();
  readonly #model: Model;
  readonly #demands: Demands;
  readonly corrected = new Corrected();

  constructor(model: Model, demands: Demands) {
    this.#model = model;
    this.#demands = demands;
    this.corrected.tell((replica, from) => this.#withdraw(replica, from * SLOT_STEP));
  }

  /** What one replica has executed by mistake, and nobody else, was not executed. */
  #withdraw(replica: ReplicaProcess, from: number): void {
    for (const { by, place } of this.#order) if (place >= from) by.delete(replica);
    for (let last = this.#order.at(-1); last?.by.size === 0; last = this.#order.at(-1)) {
      this.#order.pop();
      this.#executions.delete(last.place);
      this.#executedAt.delete(last.number);
    }
  }

  /** Whether a call ended without effect, because it demanded too much. */
  wasSkipped(number: number): boolean {
    const place = this.#executedAt.get(number);
    const execution = place === undefined ? undefined : this.#executions.get(place);
    return execution?.skipped === true;
  }

  /** Commands that were executed, each counted once. */
  get count(): number {
    return this.#order.length;
  }

  executed(replica: ReplicaProcess, command: Command, result: Uint8Array): void {
    if (this.corrected.isWrong(replica)) return;
    // Sessions end here as everywhere; but nobody waits in these objects, or owns anything.
    if (command.event !== undefined) return this.#ignored(replica, command, result);
    const place = command.slot * SLOT_STEP + command.index;
    const known = this.#executions.get(place);
    if (known === undefined) return this.#first(replica, place, command, result);
    const skipped = this.#isSkip(command, result);
    if (known.skipped && !skipped) return this.corrected.goesWrong(replica, command.slot);
    if (skipped && !known.skipped) {
      for (const one of [...known.by]) this.corrected.goesWrong(one, command.slot);
      if (this.#executions.has(place)) {
        throw new Verdict('calls', `slot ${command.slot} is skipped by who goes on from it`);
      }
      return this.#first(replica, place, command, result);
    }
    known.by.add(replica);
    if (!sameBytes(known.bytes, command.bytes)) {
      throw new Verdict(
        'calls',
        `${replica.process.name} executed another call in slot ${command.slot}`,
      );
    }
    if (!sameBytes(known.result, result)) {
      throw new Verdict(
        'calls',
        `${replica.process.name} has another result in slot ${command.slot}`,
      );
    }
  }

  #ignored(replica: ReplicaProcess, { slot }: Command, result: Uint8Array): void {
    if (result.length === 0 || sameBytes(result, KILLED)) return;
    const who = replica.process.name;
    throw new Verdict('calls', `${who} has changed something by an event in slot ${slot}`);
  }

  #isSkip(command: Command, result: Uint8Array): boolean {
    return this.#demands.isHeavy(command) && sameBytes(result, KILLED);
  }

  #first(replica: ReplicaProcess, place: number, command: Command, result: Uint8Array): void {
    const last = this.#order.at(-1);
    const who = replica.process.name;
    if (last !== undefined && place < last.place) {
      throw new Verdict(
        'calls',
        `${who} executed a call of slot ${command.slot} that others skipped`,
      );
    }
    const { args, method } = decodeCommand(command.bytes);
    const number = args[0];
    if (typeof number !== 'number') throw new Verdict('calls', `${who} executed a call of nobody`);
    if (this.#executedAt.has(number)) {
      throw new Verdict(
        'calls',
        `${who} executed call ${number} twice, in slot ${command.slot} again`,
      );
    }
    this.#executedAt.set(number, place);
    const before = last?.state ?? this.#model.start;
    const outcome = outcomeOf(result);
    const skipped = this.#isSkip(command, result);
    const state = skipped
      ? before
      : this.#model.execute(before, { method, number, command, outcome });
    if (typeof state === 'string') {
      throw new Verdict('calls', `call ${number} (${method}) came to ${state}`);
    }
    const by = new Set([replica]);
    const execution = { place, bytes: command.bytes, number, result, skipped, by, state };
    this.#executions.set(place, execution);
    this.#order.push(execution);
  }

  /** The object after everything up to and including `slot`. */
  #stateAfter(slot: Slot): ModelState {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] as Execution).place < (slot + 1) * SLOT_STEP) low = middle + 1;
      else high = middle;
    }
    return this.#order[low - 1]?.state ?? this.#model.start;
  }

  /** When a run is over: what clients were told is what happened. */
  compare(history: History): void {
    for (const call of history.calls) this.#compareCall(call);
    this.#compareOrder(history);
    const { calls } = history;
    const model = this.#model;
    const { start } = model;
    const expected = calls
      .filter((call) => this.#tookEffect(call))
      .reduce((sum, { method }) => sum + model.step(method), start.value);
    const { value } = this.#order.at(-1)?.state ?? start;
    if (value !== expected) {
      throw new Verdict('calls', `the value is ${value}; by what clients know it is ${expected}`);
    }
  }

  /**
   * Slots are an order of all calls that explains their results. It must be true to time: what ended before
   * a call began comes before it. And to each client: its calls take effect in the order in which it made
   * them.
   */
  #compareOrder({ calls }: History): void {
    const placed = calls.flatMap((call) => {
      const place = call.consistency === 'stale' ? undefined : this.#placeOf(call);
      return place === undefined ? [] : [{ call, place }];
    });
    const ends = placed
      .filter(({ call }) => call.ended < Infinity)
      .sort((a, b) => a.call.ended - b.call.ended);
    const ofClient = new Map<string, number>();
    let ended = 0;
    let before = 0;
    for (const { call, place } of placed) {
      for (; (ends[ended]?.call.ended ?? Infinity) < call.begun; ended++) {
        before = Math.max(before, ends[ended]?.place ?? 0);
      }
      if (place < before) {
        throw new Verdict('linearizability', `call ${call.number} took effect before it was made`);
      }
      if (place < (ofClient.get(call.client) ?? 0)) {
        throw new Verdict('calls', `call ${call.number} overtook one of ${call.client}`);
      }
      ofClient.set(call.client, place);
    }
  }

  /** Where a call took effect; a read that was not numbered does so behind everything in its slot. */
  #placeOf({ end, number }: Call): number | undefined {
    const place = this.#executedAt.get(number);
    if (place !== undefined || end.kind !== 'returned') return place;
    return (end.slot + 1) * SLOT_STEP - 1;
  }

  /** As its client knows; when it does not, as the executors do. */
  #tookEffect({ end, number }: Call): boolean {
    if (this.wasSkipped(number)) return false;
    if (end.kind === 'unknown') return this.#executedAt.has(number);
    return end.kind === 'returned' || end.kind === 'applied';
  }

  /**
   * A call is told what its execution came to. A read sees the object after its slot; one that was numbered,
   * after its own place.
   */
  #compareValue({ consistency, method, number }: Call, end: Returned): void {
    if (consistency === 'stale' && this.corrected.mayBeWrong(end.slot)) return;
    const place = this.#executedAt.get(number);
    const execution = place === undefined ? undefined : this.#executions.get(place);
    const value =
      this.#model.reads.has(method) && execution?.skipped !== true
        ? this.#model.read(execution?.state ?? this.#stateAfter(end.slot), method)
        : execution && outcomeOf(execution.result);
    if (sameOutcome(end.value, value)) return;
    const what = `${consistency} call ${number} (${method})`;
    const words = `${what} returned ${show(end.value)}; slot ${end.slot} has`;
    throw new Verdict('calls', `${words} ${show(value)}`);
  }

  #compareCall(call: Call): void {
    const { end, method, number, seen } = call;
    const place = this.#executedAt.get(number);
    const slot = place === undefined ? undefined : Math.floor(place / SLOT_STEP);
    switch (end.kind) {
      case 'returned':
        if (end.slot < seen) {
          throw new Verdict(
            'calls',
            `call ${number} saw slot ${end.slot}, its client ${seen} before`,
          );
        }
        if (!this.#model.reads.has(method) && slot !== end.slot) {
          throw new Verdict(
            'calls',
            `call ${number} returned and was not executed in slot ${end.slot}`,
          );
        }
        return this.#compareValue(call, end);
      case 'never':
        if (slot === undefined) return;
        throw new Verdict(
          'calls',
          `call ${number} never happens, and was executed in slot ${slot}`,
        );
      case 'applied':
        if (slot !== undefined) return;
        throw new Verdict('calls', `call ${number} was applied, and no replica executed it`);
      case 'unknown':
    }
  }
}

/** Linearizability, from the history alone. */
export function judgeHistory(
  history: History,
  model: Model,
  judge: CallsJudge,
): 'proven' | 'too many calls at once' {
  const calls = history.calls
    .filter(({ number }) => !judge.wasSkipped(number))
    .flatMap((call) => counterCall(call, model));
  const judgement = checkCounter(calls);
  if (judgement.kind === 'linearizable') return 'proven';
  if (judgement.kind === 'unknown') return 'too many calls at once';
  const { begun, value } = judgement.call;
  const call = history.calls.find((other) => other.begun === begun);
  const what = value === undefined ? '' : ` with ${value}`;
  throw new Verdict(
    'linearizability',
    `no order explains that call ${call?.number} (${call?.method}) of ${call?.client} ended${what}`,
  );
}

/** What the value of the object has of a call. */
function counterCall(call: Call, model: Model): CounterCall[] {
  const { begun, consistency, end, ended, method } = call;
  if (consistency === 'stale' || end.kind === 'never') return [];
  const step = model.step(method);
  if (step !== 0) return [{ kind: step > 0 ? 'increment' : 'decrement', begun, ended }];
  if (method !== 'getvalue' || end.kind !== 'returned') return [];
  return [{ kind: 'read', value: Number(end.value), begun, ended }];
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
