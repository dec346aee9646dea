/** Bounds of whoever executes calls. */

const KiB = 1024;
const MiB = 1024 * KiB;

/**
 * A captured state of this size takes about as many milliseconds as it has MiB. From here on, it is captured
 * from a copy in another thread.
 */
export const SHADOW_FROM_BYTES = 2 * MiB;
/** Commands are handed to that copy in pieces of about this size. */
export const SHADOW_BATCH_BYTES = 64 * KiB;
/** Commands that the copy may be behind; beyond, the object waits for it. */
export const SHADOW_LAG_BYTES = 64 * MiB;
/** A state is captured again when so many commands, or bytes of commands, came after it. */
export const JOURNAL_COMMANDS = 4096;
export const JOURNAL_BYTES = 4 * MiB;
/** How long a world may take for a batch: a watchdog behind the meter (docs/world.md). */
export const WORLD_PATIENCE_MS = 10_000;
/** A batch that takes longer is told of to nobody before a majority has executed it, too. */
export const HEAVY_MS = WORLD_PATIENCE_MS / 100;
/**
 * How long something quick may take before it is interrupted, and done again on another thread. On a busy
 * machine, a replica that is not slow at all does not run for tens of milliseconds; an election takes 400.
 */
export const WORLD_QUICK_MS = 50;
/** What takes longer is no more executed in the turn of the event loop. */
export const QUICK_BATCH_MS = 20;
