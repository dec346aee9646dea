import { REPLY } from '../paxos/index.ts';
import { bytes, Script } from './script-test-kit.ts';

export const LEASE = 1000;
export const ABORTED = { code: 'ABORTED', message: 'by the user' } as const;

/** A leader on which session 1 is open; its client has had request 1. */
export function aScript(): Script {
  return new Script({ leaseMs: LEASE }).serve();
}

export function waiting(script: Script, sequence: number): string[] {
  return script.answer({ kind: 'waiting', session: 1, sequence });
}

export function granted(script: Script, sequence: number, slot = 20): string[] {
  const reply = Uint8Array.of(REPLY.granted, slot, 0, ...bytes('yes'));
  return script.answer({ kind: 'reply', session: 1, sequence, slot, reply });
}

export function replied(
  script: Script,
  sequence: number,
  kind: keyof typeof REPLY,
  ...rest: readonly number[]
): string[] {
  const reply = Uint8Array.of(REPLY[kind], ...rest);
  return script.answer({ kind: 'reply', session: 1, sequence, slot: 30, reply });
}

export function renewed(
  script: Script,
  token: number,
  owned: readonly number[],
  { losses = 0, resting = [] }: { losses?: number; resting?: readonly number[] } = {},
): string[] {
  return script.answer({ kind: 'renewed', session: 1, token, losses, owned, resting });
}

/** Calls, and is told that it waits. */
export function aWaitingCall(script: Script): { readonly id: number; readonly sequence: number } {
  const id = script.call('acquire', { deadline: Infinity });
  script.turn();
  waiting(script, id);
  return { id, sequence: id };
}

/** Its client owns a lock by call 2, and waits at a condition by call 3. */
export function waitingAtCondition(): Script {
  const script = aScript();
  script.call('acquire');
  script.turn();
  granted(script, 2);
  script.call('wait', { deadline: Infinity });
  script.turn();
  waiting(script, 3);
  return script;
}
