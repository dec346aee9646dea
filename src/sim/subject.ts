import { isDeepStrictEqual } from 'node:util';
import type { ObjectType } from '../object/index.ts';
import type { Command } from '../paxos/index.ts';
import { decodeResult } from '../wire/index.ts';
import type { MethodInfo } from '../wire/index.ts';
import type { MakeContextWorld } from '../worlds/index.ts';

/** Those whose callers wait. */
export const WAITING_NAMES = ['Lock', 'Semaphore', 'Condition', 'Barrier'] as const;
export type WaitingName = (typeof WAITING_NAMES)[number];
export const OBJECT_NAMES = ['Counter', 'Ledger', ...WAITING_NAMES] as const;
/** Which object an instance runs. */
export type ObjectName = (typeof OBJECT_NAMES)[number];

export function isWaiting(name: ObjectName): name is WaitingName {
  return (WAITING_NAMES as readonly string[]).includes(name);
}

/** How it is executed. */
export type VirtualProgram =
  | { readonly kind: 'builtIn'; readonly type: ObjectType }
  /** A class of users, in worlds of the realm. */
  | { readonly kind: 'class'; readonly make: MakeContextWorld };

/** A call as it was executed. */
export interface ModelCall {
  readonly method: string;
  /** Of the call, and its only argument. */
  readonly number: number;
  readonly command: Command;
  /** What it came to, as `outcomeOf` says it. */
  readonly outcome: unknown;
}

/** What an instance runs. */
export interface Runnable {
  readonly name: string;
  readonly methods: readonly MethodInfo[];
  readonly program: VirtualProgram;
}

/** With what should come of it, by arithmetic that shares nothing with it. */
export interface Subject extends Runnable {
  /** What clients do: one of these, at random, and of it one method after the other, at random. */
  readonly profiles: readonly (readonly string[])[];
  readonly model: Model;
}

export interface Model {
  readonly start: ModelState;
  readonly reads: ReadonlySet<string>;
  /** By how much a call moves the value. */
  step(method: string): -1 | 0 | 1;
  /** The state after a call that went through the log; a string says what is wrong with its outcome. */
  execute(state: ModelState, call: ModelCall): ModelState | string;
  /** What a read returns in this state. */
  read(state: ModelState, method: string): unknown;
}

export interface ModelState {
  /** What increments and decrements make. */
  readonly value: number;
}

/** A returned value as it is; everything else in words. */
export function outcomeOf(result: Uint8Array): unknown {
  const decoded = decodeResult(result);
  if (decoded.kind === 'returned') return decoded.value;
  if (decoded.kind === 'thrown') return `thrown ${decoded.name}: ${decoded.message}`;
  return decoded.kind === 'refused' ? `refused ${decoded.code}` : decoded.kind;
}

export function sameOutcome(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b);
}
