import { encodeCallOutcome, encodeResult } from '../wire/index.ts';
import type { Grant } from '../wire/index.ts';
import { isCommand } from './arguments.ts';
import type { BlockingReturn, Blocking, UnblockingReturn } from './blocking.ts';
import { RuntimeError } from './error-classes.ts';
import { encodeOutcome, encodeThrown, encodeValue } from './results.ts';
import type { Outcome } from './results.ts';
import { commandOf } from './roster.ts';
import type { Owned, Roster, Withdrawal } from './roster.ts';
import type { CallContext, CallerCommand } from './type.ts';

/** Beyond, a call waits for ever as far as anybody can tell. */
const LONGEST_MS = 2 ** 40;
const NOTHING = new Uint8Array(0);

const REPLACED = encodeResult({
  kind: 'refused',
  code: 'OBJECT_REPLACED',
  message: 'the object was replaced by a fresh one while the call waited',
});

/** What one call, or one event, is about to answer. */
interface Answer {
  /** Undefined when the caller waits, and for events. */
  readonly result?: Uint8Array | undefined;
  readonly waitsMs?: number;
  readonly gaveUp?: 'undone' | 'ended' | undefined;
  readonly stands?: readonly CallerCommand[];
  readonly lost?: boolean;
}

/** A place with who owns it and who waits, for people: `concoord locks`. */
export interface Holdings {
  readonly place: string;
  readonly owners: readonly (CallerCommand & Grant)[];
  readonly waiters: readonly CallerCommand[];
}

/**
 * The calls of an object whose callers may wait: what its methods throw to that end, and what becomes of
 * others by a call, as the replica is told of it.
 */
export class WaitingCalls {
  readonly #blocking: Blocking;
  /** Of an object that shares its module with others; in a bundle, the module has it. */
  #own: Roster | undefined;
  /** Answers to callers that cannot be read from what they are woken with. */
  readonly #fixed = new Map<string, Uint8Array>();

  constructor(blocking: Blocking, own: Roster | undefined) {
    this.#blocking = blocking;
    this.#own = own;
  }

  get roster(): Roster {
    this.enter();
    return this.#blocking.roster();
  }

  /** What the methods of the object find is its own roster. */
  enter(): void {
    if (this.#own !== undefined) this.#blocking.setRoster(this.#own);
  }

  /** Takes the place of the roster that an object has to itself. */
  restore(roster: Roster): void {
    this.#own = roster;
  }

  /** Runs a method as the call under way. */
  call(context: CallContext, run: () => Outcome): Uint8Array {
    const roster = this.roster;
    roster.begin(context);
    return this.#end(roster, context, this.#settle(roster, context, run()));
  }

  /** The object was replaced by `replace`: all leave. */
  replace(context: CallContext, replace: () => Uint8Array | undefined): Uint8Array {
    const roster = this.roster;
    roster.begin(context);
    const refused = replace();
    if (refused !== undefined) return this.#end(roster, context, { result: refused });
    const waited = [...roster.waiting.values()].flatMap((all) => [...all.values()]);
    const everybody = new Set([...roster.waiting.keys(), ...roster.owned.keys()]);
    const stands = standing(roster.endSessions(everybody));
    for (const { command } of waited) {
      this.#fixed.set(command.key, REPLACED);
      roster.woken.push({ command, outcome: { value: undefined } });
    }
    const result = encodeResult({ kind: 'returned', value: undefined });
    return this.#end(roster, context, { result, lost: true, stands });
  }

  /** What becomes of a caller: it left, its time is over, its session has ended. */
  event(context: CallContext): Uint8Array {
    const { event, session, sequence } = context;
    const roster = this.roster;
    roster.begin(context);
    let became: Withdrawal = 'goes on';
    let stands: readonly CallerCommand[] = [];
    try {
      if (event?.kind === 'ended') stands = standing(roster.endSessions(new Set(event.sessions)));
      else if (event?.kind === 'timedOut') roster.timeOut(session, sequence);
      else if (event?.kind === 'withdrawn') {
        became = withdrawalOf(roster.withdraw(session, sequence, event.undo));
      }
    } catch {
      // Code of the class, such as the action of a barrier: there is nobody to be told.
    }
    const gaveUp = became === 'goes on' ? undefined : became;
    return this.#end(roster, context, { gaveUp, stands });
  }

  /** For an operator: takes from a call what it owns, or the place where it waits. */
  break(context: CallContext, session: number, sequence: number): Uint8Array {
    const roster = this.roster;
    roster.begin(context);
    const command = commandOf(session, sequence);
    const why = new RuntimeError('an operator has ended this call');
    const place = roster.findWaiting(command)?.place;
    const waited = roster.fail(command, why);
    const stands = waited && place?.withdraw(command) === true ? [command] : [];
    const became = withdrawalOf(roster.withdraw(session, sequence, true));
    const value = became !== 'goes on' || waited;
    const result = encodeResult({ kind: 'returned', value });
    return this.#end(roster, context, { result, lost: true, stands });
  }

  /** Who owns what, and who waits for it. */
  holdings(): readonly Holdings[] {
    const { owned, waiting } = this.roster;
    const places = new Map<object | undefined, Holdings>();
    const at = (place: Owned['place'] | undefined): { owners: unknown[]; waiters: unknown[] } => {
      const known = places.get(place);
      const made = known ?? { place: place?.__repr__() ?? 'the object', owners: [], waiters: [] };
      places.set(place, made);
      return made as never;
    };
    for (const ofSession of owned.values()) {
      for (const { command, index, place, slot } of [...ofSession.values()].flat()) {
        at(place).owners.push({ ...command, slot, index });
      }
    }
    for (const ofSession of waiting.values()) {
      for (const { command, place } of ofSession.values()) at(place).waiters.push({ ...command });
    }
    return [...places.values()];
  }

  #settle(roster: Roster, { sequence, session }: CallContext, outcome: Outcome): Answer {
    const thrown = 'error' in outcome ? outcome.error : undefined;
    // Most objects have nobody who waits, and are asked often.
    const isQuiet = roster.count === 0 && roster.woken.length === 0;
    if (isQuiet && thrown === undefined) return { result: encodeOutcome(outcome) };
    const me = commandOf(session, sequence);
    if (thrown instanceof this.#blocking.BlockingReturn) return this.#block(roster, me, thrown);
    // A method that has caught what makes its caller wait, and goes on.
    const waiting = roster.findWaiting(me);
    roster.leave(me);
    waiting?.place?.withdraw(me);
    roster.woken = roster.woken.filter(({ command }) => command.key !== me.key);
    if (!(thrown instanceof this.#blocking.UnblockingReturn))
      return { result: encodeOutcome(outcome) };
    return this.#unblock(roster, thrown);
  }

  #block(roster: Roster, me: CallerCommand, thrown: BlockingReturn): Answer {
    const woken = roster.woken.findIndex(({ command }) => command.key === me.key);
    const [own] = woken < 0 ? [] : roster.woken.splice(woken, 1);
    // A method that has caught what made its caller wait, and waits for something else: the last wait counts.
    const waitsAgain = roster.isWaiting(me);
    if (own !== undefined && !waitsAgain) return { result: encodeOutcome(own.outcome) };
    try {
      if (!waitsAgain) roster.park(undefined, thrown.otherwise);
    } catch (error) {
      return { result: encodeThrown(error) };
    }
    const { timeoutMs } = thrown;
    const bounded = typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs < LONGEST_MS;
    return { waitsMs: bounded ? Math.ceil(timeoutMs) : 0 };
  }

  #unblock(roster: Roster, thrown: UnblockingReturn): Answer {
    const stands: CallerCommand[] = [];
    for (const [command, value] of thrown.woken) {
      // Whoever throws it may have put anything there since it was made.
      if (!isCommand(command)) continue;
      const place = roster.findWaiting(command)?.place;
      // One that waits in a place of ours leaves it, as one that gives up.
      if (roster.wake(command, value) && place?.withdraw(command) === true) stands.push(command);
    }
    return { result: encodeValue(thrown.value), stands };
  }

  #end(roster: Roster, { sequence, session }: CallContext, answer: Answer): Uint8Array {
    const { freed, gained, woken } = roster.end();
    const { result, stands = [] } = answer;
    const changed = freed.length + gained.length + woken.length + stands.length;
    const isPlain = changed === 0 && answer.waitsMs === undefined;
    if (isPlain && answer.gaveUp === undefined) return result ?? NOTHING;
    const told = woken.map(({ command, outcome }) => {
      const fixed = this.#fixed.get(command.key);
      const { session: of, sequence: at } = command;
      const bytes = fixed ?? encodeOutcome(outcome);
      return { session: of, sequence: at, result: bytes, grant: grantOf(roster, command) };
    });
    this.#fixed.clear();
    return encodeCallOutcome({
      result,
      waitsMs: answer.waitsMs,
      gaveUp: answer.gaveUp,
      stands,
      lost: answer.lost,
      grant: result === undefined ? undefined : grantOf(roster, commandOf(session, sequence)),
      woken: told,
      gained,
      freed,
    });
  }
}

/**
 * What a call owns when it ends, also what it was given before it waited: its caller was never told. Of
 * several things the latest, since the fence must be greater than all that came before.
 */
function grantOf(roster: Roster, { key, session }: CallerCommand): Grant | undefined {
  let latest: Grant | undefined;
  for (const { index, slot } of roster.owned.get(session)?.get(key) ?? []) {
    const isLater = latest === undefined || slot > latest.slot;
    if (isLater || (slot === latest?.slot && index > latest.index)) latest = { slot, index };
  }
  return latest;
}

/**
 * The roster is bundled into the classes of users, and a bundle never changes: those of former versions say
 * whether the call is undone. The answer must be what it always was, or replicas of two versions part.
 */
function withdrawalOf(told: unknown): Withdrawal {
  if (told === true) return 'undone';
  return told === 'undone' || told === 'ended' ? told : 'goes on';
}

/** What ended with their sessions, and stands: rosters of former versions say nothing of that. */
function standing(told: unknown): readonly CallerCommand[] {
  return Array.isArray(told) ? told.filter(isCommand) : [];
}
