import type { Command } from '../paxos/index.ts';

/** Executed quickly at once: in an isolate that is still cold, so many take some milliseconds. */
const QUICK_COMMANDS = 256;
/** Executed patiently at once: the watchdog leaves each of them what is left. */
export const PATIENT_COMMANDS = 64;

/** The next commands that are executed quickly at once. */
export function quickPiece(commands: readonly Command[], from: number): readonly Command[] {
  if (from === 0 && commands.length <= QUICK_COMMANDS) return commands;
  return commands.slice(from, from + QUICK_COMMANDS);
}

export function isSkipped({ skipped }: Command): boolean {
  return skipped === true;
}
