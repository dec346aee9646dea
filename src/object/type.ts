import type { CallEvent, MethodInfo } from '../wire/index.ts';
import type { Blocking } from './blocking.ts';
import type { Roster } from './roster.ts';

/** A method, as the dispatcher has to know it. */
export interface ObjectMethod extends MethodInfo {
  /** Which argument is not the caller's but the `CallerCommand`: that of a parameter of that name. */
  readonly commandAt?: number;
}

/** What a method whose last parameter is called `_concoord_command` gets for it. */
export interface CallerCommand {
  /** The client, as the log numbers it: one program has one, or several if it calls in parallel. */
  readonly session: number;
  /** Of the call, within the session. */
  readonly sequence: number;
  /** Names the call: no other ever has the same. */
  readonly key: string;
}

/** A class that replicas can run. */
export interface ObjectType {
  /** As users name it: `concoord.object.counter.Counter`. */
  readonly name: string;
  /** Constructible without arguments; its methods are synchronous and deterministic. */
  readonly construct: new (...args: never[]) => object;
  /**
   * The public methods, own and inherited, and accessors that have a getter, each by its name.
   * `__str__` and `__repr__` can be called on every object; they are listed when they change nothing and
   * may be asked as reads.
   */
  readonly methods: readonly ObjectMethod[];
  /** Grows when a method behaves otherwise than before, or the state has other fields. */
  readonly version: number;
  /** Where calls may wait, and own something. */
  readonly blocking?: Blocking;
  /** Captures states with classes in them. Without it, fields are plain data. */
  readonly keeper?: StateKeeper;
}

/** What a state is: the object, and who waits in it. */
export interface KeptState {
  readonly object: object;
  readonly roster: Roster;
}

export interface StateKeeper {
  /** Equal states have equal bytes. Throws `ConCoordError`. */
  capture(state: KeptState): Uint8Array;
  /** Throws `MalformedBytes`. */
  restore(bytes: Uint8Array): KeptState;
}

/** What a call may depend on beside its arguments and the state: the same on every replica. */
export interface CallContext {
  /** ms since 1970, agreed in the log. */
  readonly time: number;
  readonly seed: number;
  readonly session: number;
  readonly sequence: number;
  readonly slot: number;
  /** Position within the slot. */
  readonly index: number;
  /** It is no call: something has become of the call that `session` and `sequence` name. */
  readonly event?: CallEvent;
}

/** Methods that every object has, whatever its class. */
export const SPECIAL_METHOD = {
  /** Replaces the object by a fresh one, built with the arguments. */
  init: '__concoordinit__',
  /** Who owns what in it, and who waits for it. */
  holdings: '__holdings__',
  /** Takes from a call, named by session and number, what it owns, or the place where it waits. */
  end: '__end__',
  /** Its `toString()`. */
  text: '__str__',
  /** Its `__repr__()`, or its `toString()` when it has none. */
  representation: '__repr__',
} as const;
