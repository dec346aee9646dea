import { checkOptions, describe, isCommand } from './arguments.ts';
import { Roster, roster, setRoster } from './roster.ts';
import type { CallerCommand } from './type.ts';

/** When a blocked call ends by itself. */
export interface BlockingOptions {
  /** ms in which somebody has to wake the caller; without it, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
  /** What the caller receives when nobody has; false when left out. */
  readonly otherwise?: unknown;
}

/**
 * Thrown by a method whose caller has to wait: it receives nothing now, and what somebody wakes it with
 * later. The object goes on with other calls. What the method has done before stands.
 */
export class BlockingReturn {
  readonly timeoutMs: number | undefined;
  readonly otherwise: unknown;

  /**
   * @throws TypeError for other options: the caller would wait for ever.
   * @throws RangeError for a time that is no positive number of milliseconds.
   */
  constructor(options: BlockingOptions = {}) {
    checkOptions(options, ['timeoutMs', 'otherwise'], 'the options of BlockingReturn are');
    const { timeoutMs, otherwise = false } = options;
    if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0)) {
      throw new RangeError('timeoutMs is a positive number of milliseconds');
    }
    this.timeoutMs = timeoutMs;
    this.otherwise = otherwise;
  }
}

/** Callers to be woken, with what each receives; a list wakes each with true. */
export type Woken = ReadonlyMap<CallerCommand, unknown> | readonly CallerCommand[];

/**
 * Thrown by a method to end its call with a value, and those of waiting callers with theirs. A caller that
 * waits no more (it gave up, its time is over, its session has ended) is passed over: `isWaiting` tells.
 */
export class UnblockingReturn {
  readonly value: unknown;
  readonly woken: readonly (readonly [CallerCommand, unknown])[];

  /** @throws TypeError for callers to be woken that are no commands: they would wait for ever. */
  constructor(value?: unknown, woken: Woken = []) {
    this.value = value;
    this.woken = pairsOf(woken);
  }
}

const WOKEN = 'woken is a Map from commands to what each gets, or a list of commands';

function pairsOf(woken: Woken): readonly (readonly [CallerCommand, unknown])[] {
  // A text can be walked through like a list.
  const isList = typeof woken === 'object' && woken !== null && Symbol.iterator in woken;
  if (!isList) throw new TypeError(`${WOKEN}, not ${describe(woken)}`);
  const pairs: readonly (readonly [CallerCommand, unknown])[] =
    woken instanceof Map ? [...woken] : [...woken].map((command) => [command, true]);
  for (const [command] of pairs) {
    if (isCommand(command)) continue;
    throw new TypeError(
      `${WOKEN}: a command is what _concoord_command gets, not ${describe(command)}`,
    );
  }
  return pairs;
}

/** Whether the call still waits: what a class that keeps commands itself asks before it wakes one. */
export function isWaiting(command: CallerCommand): boolean {
  return roster().isWaiting(command);
}

/**
 * What leads a replica to the roster of a class from outside of its module, and to the classes that it
 * throws: a bundle has its own.
 */
export const blocking = { BlockingReturn, UnblockingReturn, Roster, roster, setRoster };
export type Blocking = typeof blocking;
