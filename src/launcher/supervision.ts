import type { Launch } from './replica-folder.ts';

/** How a replica ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  /** Its last line on stderr. */
  readonly said: string;
  /** Whether it had ever been ready. */
  readonly wasReady: boolean;
  readonly livedMs: number;
}

/** What a supervisor does then. */
export type Verdict =
  | { readonly do: 'restart'; readonly afterMs: number; readonly boot?: string }
  | { readonly do: 'end'; readonly state: 'stopped' | 'failed'; readonly why: string };

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** Who lived so long was well. */
export const WELL_MS = 60_000;

/** Started again, it would end in the same way; some of them must be looked at by somebody. */
const FINAL = new Set([
  'CODE_MISMATCH',
  'CORRUPT_DATA',
  'DATA_DIRECTORY',
  'ENGINE_MISMATCH',
  'INSTANCE_MISMATCH',
  'INVALID_ARGUMENT',
  'INVALID_CLASS',
  'INVALID_STATE',
  'NOT_A_MEMBER',
  'STALE_DIRECTORY',
  'UNAUTHORIZED',
  'UNSUPPORTED',
  'VERSION_MISMATCH',
]);
const EXIT_DONE = 0;
const EXIT_USAGE = 2;

/**
 * What follows from an ending.
 *
 * @param attempts How often in a row it did not live long.
 */
export function afterEnding(ending: Ending, attempts: number): Verdict {
  const { code, livedMs, said, signal, wasReady } = ending;
  const why = said === '' ? (signal === null ? `exit code ${code}` : `ended by ${signal}`) : said;
  // Somebody has told it to stop, and it has left in order.
  if (code === EXIT_DONE) return { do: 'end', state: 'stopped', why: 'it was told to stop' };
  const error = /\(([A-Z_]+)\)\. /.exec(said)?.[1] ?? '';
  // A founder that has been one before, and whose instance lives on: it names where.
  const [, elsewhere] = /which lives on at (\S+) /.exec(said) ?? [];
  if (error === 'INSTANCE_EXISTS' && elsewhere !== undefined) {
    return { do: 'restart', afterMs: FIRST_PAUSE_MS, boot: elsewhere };
  }
  // Whoever waits for its first word hears what is wrong at once, and nothing is left that tries for ever.
  if (!wasReady || code === EXIT_USAGE || FINAL.has(error))
    return { do: 'end', state: 'failed', why };
  const turns = livedMs >= WELL_MS ? 0 : attempts;
  const afterMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(turns, 20));
  return { do: 'restart', afterMs };
}

/**
 * Whom a replica is to join. One in memory comes back as a new member, and one whose disk was emptied does,
 * too: with members that are known it must never found a second, empty instance. To one that has its disk
 * it means nothing.
 *
 * @param known `addr:port` of the members that were last seen.
 */
export function bootFor(
  { boot }: Pick<Launch, 'boot'>,
  address: string,
  known: readonly string[],
): string | undefined {
  const others = known.filter((member) => member !== address);
  if (others.length === 0) return boot;
  return [...new Set(others)].join(',');
}
