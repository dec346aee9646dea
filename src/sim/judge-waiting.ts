import { readOutcome } from '../paxos/index.ts';
import type { CallOutcome, Command, Grant, RequestName } from '../paxos/index.ts';
import { decodeCommand } from '../wire/index.ts';
import { sameBytes } from './judge-agreement.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';
import { outcomeOf, sameOutcome } from './subject.ts';
import { keyOf } from './waiting-model.ts';
import type { Expected, WaitingModel } from './waiting-model.ts';

/** Slot and index as one number, in order. */
const SLOT_STEP = 8192;

/** What the log made of a call. */
export interface Ending {
  /** Where it was executed. */
  readonly place: number;
  /** How often the object had been replaced when it ended. */
  epoch: number;
  /** `dropped`: its session ended or lapsed while it waited. */
  state: 'waits' | 'ended' | 'dropped' | 'undone' | 'stands';
  outcome: unknown;
  /** Where it ended. */
  slot: number;
  grant: Grant | undefined;
}

interface Execution {
  readonly command: Command;
  readonly result: Uint8Array;
}

/**
 * Who waits and who owns: what executors say is compared among replicas and held against a model that is fed
 * with the same log; and so is what every replica keeps of it for the protocol.
 */
export class WaitingJudge implements Observer {
  readonly #model: WaitingModel;
  readonly #executions = new Map<number, Execution>();
  #lastPlace = -1;
  /** By epoch, as last known. */
  readonly #capacities = new Map<number, number>();
  readonly #endings = new Map<string, Ending>();
  /** The last grant: those that come later are greater. */
  #granted = -1;
  readonly #spans: {
    readonly place: number;
    readonly begunAt: number;
    readonly endedAt: number;
  }[] = [];
  /** Of each replica: up to where its stakes were compared. */
  readonly #compared = new Map<ReplicaProcess, number>();

  constructor(model: WaitingModel) {
    this.#model = model;
  }

  get model(): WaitingModel {
    return this.#model;
  }

  /** How many may own something in the object of that epoch. */
  capacityOf(epoch: number): number {
    return this.#capacities.get(epoch) ?? this.#model.capacity;
  }

  ending(name: RequestName): Ending | undefined {
    return this.#endings.get(keyOf(name));
  }

  executed(replica: ReplicaProcess, command: Command, result: Uint8Array): void {
    const place = command.slot * SLOT_STEP + command.index;
    const known = this.#executions.get(place);
    const where = `${replica.process.name} in slot ${command.slot}`;
    if (known === undefined) return this.#first(replica, place, command, result);
    const same =
      sameBytes(known.command.bytes, command.bytes) &&
      sameOutcome(known.command.event, command.event) &&
      keyOf(known.command) === keyOf(command);
    if (!same) throw new Verdict('waiting', `${where} executed another call`);
    if (!sameBytes(known.result, result)) {
      throw new Verdict('waiting', `${where} has another outcome`);
    }
  }

  #first(replica: ReplicaProcess, place: number, command: Command, result: Uint8Array): void {
    const where = `${replica.process.name} in slot ${command.slot}`;
    if (place < this.#lastPlace) {
      throw new Verdict('waiting', `${where} executed a call that others skipped`);
    }
    this.#lastPlace = place;
    this.#executions.set(place, { command, result });
    const { event } = command;
    const call = event === undefined ? decodeCommand(command.bytes) : undefined;
    const what = call?.method ?? event?.kind ?? '';
    const before = new Map(this.#model.owned);
    const expected = this.#model.apply(command, call?.method ?? '', call?.args ?? []);
    this.#capacities.set(this.#model.epoch, this.#model.capacity);
    const told = readOutcome(result) ?? plain(command, result);
    const { world } = replica.process;
    if (world.traced) world.say(`slot ${command.slot}: ${showExecution(command, what, told)}`);
    this.#compare(`${where}: ${what} of ${keyOf(command)}`, command, told, expected, before);
    this.#conclude(place, command, told);
  }

  #compare(
    what: string,
    command: Command,
    told: CallOutcome,
    expected: Expected,
    before: ReadonlyMap<string, unknown>,
  ): void {
    const { owned } = this.#model;
    const claim = (of: string, is: unknown, shouldBe: unknown): void => {
      if (sameOutcome(is, shouldBe)) return;
      throw new Verdict(
        'waiting',
        `${what}: ${of} is ${show(is)} where ${show(shouldBe)} should be`,
      );
    };
    claim('its wait', told.waitsMs, expected.waits ? expected.waitsMs : undefined);
    claim('its result', told.result && plainOutcome(told.result), expected.result);
    claim('what became of it', told.gaveUp, expected.gaveUp);
    claim('what stands', (told.stands ?? []).map(keyOf).sort(), expected.stands.sort());
    const woken = new Map(told.woken.map((one) => [keyOf(one), plainOutcome(one.result)]));
    claim('who is woken', sorted(woken), sorted(expected.woken));
    const gained = [...owned.keys()].filter((key) => !before.has(key));
    const freed = [...before.keys()].filter((key) => !owned.has(key));
    claim('who gains', told.gained.map(keyOf).sort(), gained.sort());
    claim('who is freed', told.freed.map(keyOf).sort(), freed.sort());
    if (told.result !== undefined) claim('its grant', told.grant, this.#grant(command));
    for (const one of told.woken) claim(`the grant of ${keyOf(one)}`, one.grant, this.#grant(one));
  }

  #grant(name: RequestName): Grant | undefined {
    const grant = this.#model.owned.get(keyOf(name));
    return grant === undefined ? undefined : { slot: grant.slot, index: grant.index };
  }

  /** What clients will be told. */
  #conclude(place: number, command: Command, told: CallOutcome): void {
    const { event, slot } = command;
    const { epoch } = this.#model;
    for (const { grant, result, ...name } of told.woken) {
      const ending = this.#endings.get(keyOf(name));
      if (ending?.state !== 'waits') {
        throw new Verdict('waiting', `${keyOf(name)} is woken in slot ${slot}, and does not wait`);
      }
      Object.assign(ending, { state: 'ended', outcome: plainOutcome(result), grant, epoch, slot });
      this.#grows(grant, keyOf(name));
    }
    const mine = this.#endings.get(keyOf(command));
    if (event?.kind === 'withdrawn' && told.gaveUp !== undefined && mine !== undefined) {
      mine.state = told.gaveUp === 'undone' ? 'undone' : 'stands';
    }
    if (event?.kind === 'ended') {
      this.#drop(new Set(event.sessions), new Set(told.stands?.map(keyOf)));
    }
    if (event !== undefined) return;
    if (mine !== undefined) throw new Verdict('waiting', `${keyOf(command)} is executed twice`);
    const outcome = told.result === undefined ? undefined : plainOutcome(told.result);
    const state = told.waitsMs === undefined ? 'ended' : 'waits';
    const { grant } = told;
    this.#endings.set(keyOf(command), { place, state, outcome, grant, epoch, slot });
    this.#grows(grant, keyOf(command));
  }

  /** A call that was executed has ended for its client; times are true ones. */
  settled(name: RequestName, begunAt: number, endedAt: number): void {
    const place = this.ending(name)?.place;
    if (place !== undefined) this.#spans.push({ place, begunAt, endedAt });
  }

  /** The order of the log is true to time: what ended before a call was made comes before it. */
  compareOrder(): void {
    const ends = this.#spans.toSorted((a, b) => a.endedAt - b.endedAt);
    let ended = 0;
    let before = -1;
    for (const { begunAt, place } of this.#spans.toSorted((a, b) => a.begunAt - b.begunAt)) {
      for (let end = ends[ended]; end !== undefined && end.endedAt < begunAt; end = ends[ended]) {
        before = Math.max(before, end.place);
        ended++;
      }
      if (place > before) continue;
      const slot = Math.floor(place / SLOT_STEP);
      throw new Verdict('waiting', `a call took effect in slot ${slot}, before it was made`);
    }
  }

  /** Fences: of two owners, the later has the greater one. Who acquires again has the same. */
  #grows(grant: Grant | undefined, key: string): void {
    if (grant === undefined) return;
    const place = grant.slot * SLOT_STEP + grant.index;
    if (place < this.#granted) throw new Verdict('waiting', `the fence of ${key} is an older one`);
    this.#granted = place;
  }

  #drop(sessions: ReadonlySet<number>, standing: ReadonlySet<string>): void {
    for (const [key, ending] of this.#endings) {
      if (ending.state !== 'waits' || !sessions.has(Number(key.split(':')[0]))) continue;
      ending.state = standing.has(key) ? 'stands' : 'dropped';
    }
  }

  /** What a replica that has applied all of this keeps for the protocol is what the model says. */
  turned(replica: ReplicaProcess): void {
    const { applied, halted, sessions } = replica.replica.applier;
    if (halted || applied < Math.floor(this.#lastPlace / SLOT_STEP)) return;
    if (this.#compared.get(replica) === this.#lastPlace) return;
    this.#compared.set(replica, this.#lastPlace);
    const { stakes } = sessions;
    const waiting: string[] = [];
    const owned: string[] = [];
    for (const session of stakes.sessions()) {
      for (const [sequence] of stakes.waitingOf(session)) waiting.push(`${session}:${sequence}`);
      for (const sequence of stakes.ownedOf(session)) owned.push(`${session}:${sequence}`);
    }
    const claim = (what: string, is: string[], shouldBe: Iterable<string>): void => {
      const words = [is.sort(), [...shouldBe].sort()].map((keys) => keys.join(' '));
      if (words[0] === words[1]) return;
      const who = `${replica.process.name} at slot ${applied}`;
      throw new Verdict('waiting', `${who}: ${what} ${words[0]} where ${words[1]} should`);
    };
    claim('wait', waiting, this.#model.waiting.keys());
    claim('own', owned, this.#model.owned.keys());
  }
}

/** A call that changed nothing for others answers with its result alone; an event with nothing. */
function plain({ event }: Command, result: Uint8Array): CallOutcome {
  const nothing = { woken: [], gained: [], freed: [] };
  return event === undefined ? { ...nothing, result } : nothing;
}

/** Messages of a barrier say why it is broken: they are for people. */
export function plainOutcome(result: Uint8Array): unknown {
  const outcome = outcomeOf(result);
  if (typeof outcome !== 'string') return outcome;
  return outcome.replace(/^(thrown BrokenBarrierError).*$/, '$1');
}

function sorted(map: ReadonlyMap<string, unknown>): readonly (readonly [string, unknown])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

/** For the trace. */
function showExecution(command: Command, what: string, told: CallOutcome): string {
  const { event } = command;
  const whom = event?.kind === 'ended' ? event.sessions.join(' ') : keyOf(command);
  const result = told.result === undefined ? '' : ` = ${show(plainOutcome(told.result))}`;
  const names = (words: string, all: readonly RequestName[]): string =>
    all.length === 0 ? '' : `, ${words} ${all.map(keyOf).join(' ')}`;
  const waits = told.waitsMs === undefined ? '' : ` waits ${told.waitsMs}`;
  const changes = [
    names('wakes', told.woken),
    names('frees', told.freed),
    names('gains', told.gained),
  ];
  const over = told.gaveUp === undefined ? '' : ` ${told.gaveUp}`;
  return `${what} ${whom}${result}${waits}${over}${changes.join('')}`;
}
