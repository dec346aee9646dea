import { RuntimeError } from './error-classes.ts';
import { roster } from './roster.ts';

/** Thrown by `now` where no time is agreed. A read that meets it goes through the log instead. */
export class NoAgreedTime extends RuntimeError {
  constructor() {
    super('there is an agreed time only while a call of the log is executed');
  }
}

/**
 * The time of the call under way, in ms since 1970: agreed in the log, the same on every replica. For our own
 * objects, which run where `Date.now()` is the clock of one machine. Whoever gets a time may also write: a
 * read never gets one.
 */
export function now(): number {
  const { context } = roster();
  if (context === undefined) throw new NoAgreedTime();
  return context.time;
}
