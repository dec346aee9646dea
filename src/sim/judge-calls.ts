import type { Command, Slot } from '../paxos/index.ts';
import { decodeCommand, decodeResult } from '../wire/index.ts';
import { checkCounter } from './counter-checker.ts';
import type { CounterCall } from './counter-checker.ts';
import type { Call, History } from './history.ts';
import { sameBytes } from './judge-agreement.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';

/** Slot and index as one number, in order: a batch has at most 4096 items. */
const SLOT_STEP = 8192;

interface Execution {
  readonly place: number;
  readonly bytes: Uint8Array;
  readonly result: Uint8Array;
  /** The value of the counter afterwards, by our own arithmetic. */
  readonly value: number;
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

  /** Commands that were executed, each counted once. */
  get count(): number {
    return this.#order.length;
  }

  executed(replica: ReplicaProcess, command: Command, result: Uint8Array): void {
    const place = command.slot * SLOT_STEP + command.index;
    const known = this.#executions.get(place);
    if (known === undefined) return this.#first(replica, place, command, result);
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
    const before = last?.value ?? 0;
    const value = before + (method === 'increment' ? 1 : method === 'decrement' ? -1 : 0);
    const returned = method === 'getvalue' ? value : undefined;
    if (valueOf(result) !== returned) {
      throw new Verdict('calls', `call ${number} returned a value that ${returned} should be`);
    }
    const execution = { place, bytes: command.bytes, result, value };
    this.#executions.set(place, execution);
    this.#order.push(execution);
  }

  /** The counter after everything up to and including `slot`. */
  valueAfter(slot: Slot): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] as Execution).place < (slot + 1) * SLOT_STEP) low = middle + 1;
      else high = middle;
    }
    return this.#order[low - 1]?.value ?? 0;
  }

  /** When a run is over: what clients were told is what happened. */
  compare(history: History): void {
    for (const call of history.calls) this.#compareCall(call);
    this.#compareOrder(history);
    const { calls } = history;
    const count = (method: Call['method']): number =>
      calls.filter((call) => call.method === method && this.#tookEffect(call)).length;
    const expected = count('increment') - count('decrement');
    const value = this.#order.at(-1)?.value ?? 0;
    if (value !== expected) {
      throw new Verdict('calls', `the counter is ${value}; by what clients know it is ${expected}`);
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
    if (end.kind === 'unknown') return this.#executedAt.has(number);
    return end.kind === 'returned' || end.kind === 'applied';
  }

  /** A read sees the counter after its slot; one that was numbered, after its own place. */
  #compareRead(number: number, end: { readonly value: unknown; readonly slot: Slot }): void {
    const place = this.#executedAt.get(number);
    const execution = place === undefined ? undefined : this.#executions.get(place);
    const value = execution?.value ?? this.valueAfter(end.slot);
    if (end.value === value) return;
    const words = `read ${number} returned ${String(end.value)}; slot ${end.slot} has ${value}`;
    throw new Verdict('calls', words);
  }

  #compareCall({ end, method, number, seen }: Call): void {
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
        if (method !== 'getvalue' && slot !== end.slot) {
          throw new Verdict(
            'calls',
            `call ${number} returned and was not executed in slot ${end.slot}`,
          );
        }
        if (method === 'getvalue') this.#compareRead(number, end);
        return;
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
export function judgeHistory(history: History): 'proven' | 'too many calls at once' {
  const calls = history.calls.flatMap((call) => counterCall(call));
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

export function counterCall(call: Call): CounterCall[] {
  const { begun, consistency, end, ended, method } = call;
  if (consistency === 'stale' || end.kind === 'never') return [];
  if (method !== 'getvalue') return [{ kind: method, begun, ended }];
  if (end.kind !== 'returned') return [];
  return [{ kind: 'read', value: Number(end.value), begun, ended }];
}

function valueOf(result: Uint8Array): unknown {
  const decoded = decodeResult(result);
  return decoded.kind === 'returned' ? decoded.value : decoded;
}
