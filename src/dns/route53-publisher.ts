import type { Random } from '../base/index.ts';
import { assert } from '../base/index.ts';
import type { Logger } from '../platform/index.ts';
import type { Roll } from './records.ts';
import { planChange, showSet } from './route53-plan.ts';
import type { Change, Plan, Target, ZoneSet } from './route53-plan.ts';

/** The hosted zone. Every call may throw a `ZoneFailure`, and ends in bounded time. */
export interface ZonePort {
  /** What stands at the places of the domain. */
  read(signal: AbortSignal): Promise<readonly ZoneSet[]>;
  /** All changes or none. Returns the name of the batch. */
  change(changes: readonly Change[], comment: string, signal: AbortSignal): Promise<string>;
  /** Whether all name servers have the batch. */
  isInSync(batch: string, signal: AbortSignal): Promise<boolean>;
}

/**
 * Why nothing was done, or nobody knows whether it was: `unavailable` passes by itself, `conflict` once the
 * zone was read again, and of `refused` somebody should hear.
 */
export type FailureKind = 'unavailable' | 'conflict' | 'refused';

export class ZoneFailure extends Error {
  override readonly name = 'ZoneFailure';
  readonly kind: FailureKind;
  /** What somebody should do about it. */
  readonly remedy: string | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    details: { cause?: unknown; remedy?: string } = {},
  ) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.remedy = details.remedy;
  }
}

export interface PublisherClock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Ends early, and without an error, when the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface PublisherOptions extends Target {
  readonly zone: ZonePort;
  readonly clock: PublisherClock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Views that change faster are published together. Amazon allows five requests in a second to all of an
 * account, and others have something to say there as well.
 */
const SPACING_MS = 1000;
const FIRST_RETRY_MS = 500;
const MOST_RETRY_MS: Readonly<Record<FailureKind, number>> = {
  unavailable: 60_000,
  conflict: 60_000,
  refused: 300_000,
};
const FIRST_LOOK_MS = 1000;
const MOST_LOOK_MS = 30_000;
/** Amazon promises a minute, usually. */
const SLOW_MS = 300_000;
const LOST_MS = 3_600_000;

interface Unsettled {
  readonly batch: string;
  readonly epoch: number;
  readonly sinceMs: number;
  pauseMs: number;
  isSlow: boolean;
}

/**
 * Keeps a domain in Route 53 at the newest view, as long as this replica leads. It knows one view at a time,
 * so that an outage costs neither memory nor time of the replica, however long it lasts.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #end = new AbortController();
  #wanted: Roll | undefined;
  #published: Roll | undefined;
  /** What the zone says; undefined when it must be read. */
  #known: readonly ZoneSet[] | undefined;
  #unsettled: Unsettled | undefined;
  /** Whether the zone has once spoken of this instance while this publisher looked. */
  #hasOwned = false;
  /** Counts the times that this replica has led. */
  #term = 0;
  #failures = 0;
  #notBeforeMs = -Infinity;
  #isRunning = false;
  #wait = new AbortController();
  /** Whether a new view ends the wait under way. */
  #isIdle = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** The newest view while this replica leads, and undefined while it does not. Returns at once. */
  offer(roll: Roll | undefined): void {
    if (this.#end.signal.aborted) return;
    this.#wanted = roll;
    if (roll === undefined) {
      // Whoever leads now changes the zone, and looks after its batches.
      this.#term++;
      this.#published = undefined;
      this.#known = undefined;
      this.#unsettled = undefined;
    }
    if (roll === undefined || this.#isIdle) this.#wait.abort();
    if (roll === undefined || this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** What is under way is given up. */
  close(): void {
    this.offer(undefined);
    this.#end.abort();
  }

  async #run(): Promise<void> {
    // Not in the turn of whoever offers: reading a plan from the view takes its time.
    await Promise.resolve();
    for (;;) {
      const roll = this.#wanted;
      if (roll === undefined) break;
      if (roll !== this.#published) await this.#publishLater(roll);
      else if (this.#unsettled === undefined) break;
      else await this.#look(this.#unsettled);
    }
    this.#isRunning = false;
  }

  async #publishLater(roll: Roll): Promise<void> {
    const waitMs = this.#notBeforeMs - this.#options.clock.now();
    if (waitMs > 0) return this.#pause(waitMs, false);
    try {
      await this.#publish(roll);
    } catch (error) {
      this.#failed(roll, error);
    }
  }

  /** @param isIdle Whether there is nothing to do but for a new view. */
  async #pause(ms: number, isIdle: boolean): Promise<void> {
    this.#wait = new AbortController();
    this.#isIdle = isIdle;
    await this.#options.clock.wait(ms, this.#wait.signal);
    this.#isIdle = false;
  }

  async #publish(roll: Roll): Promise<void> {
    const { zone, clock, logger, domain } = this.#options;
    const { signal } = this.#end;
    const term = this.#term;
    const known = this.#known ?? (await zone.read(signal));
    if (this.#term !== term) return;
    const plan = planChange(known, roll, this.#options, !this.#hasOwned);
    if (plan.kind === 'overtaken') throw overtaken(plan, domain);
    this.#notBeforeMs = clock.now() + SPACING_MS;
    if (plan.kind === 'nothing') {
      logger.debug(`Route 53 has view ${roll.epoch} of ${domain} already`);
      return this.#succeeded(roll, known, term);
    }
    this.#warnOfStrangers(plan);
    const batch = await zone.change(plan.changes, `view ${roll.epoch}`, signal);
    const count = roll.nodes.length === 1 ? '1 member' : `${roll.nodes.length} members`;
    logger.info(`published view ${roll.epoch} of ${domain} to Route 53: ${count}, change ${batch}`);
    this.#succeeded(roll, plan.sets, term);
    if (this.#term !== term) return;
    this.#unsettled = {
      batch,
      epoch: roll.epoch,
      sinceMs: clock.now(),
      pauseMs: FIRST_LOOK_MS,
      isSlow: false,
    };
  }

  #succeeded(roll: Roll, sets: readonly ZoneSet[], term: number): void {
    const { domain, logger } = this.#options;
    if (this.#failures > 1) logger.info(`Route 53 takes changes of ${domain} again`);
    this.#failures = 0;
    this.#hasOwned = true;
    if (this.#term !== term) return;
    this.#known = sets;
    this.#published = roll;
  }

  #warnOfStrangers({ strangers, before }: Extract<Plan, { kind: 'change' }>): void {
    const { domain, logger } = this.#options;
    if (before !== undefined) {
      const { instance, epoch } = before;
      logger.warn(`${domain} was of instance ${instance} (view ${epoch}) and is of this one now`);
    }
    if (strangers.length === 0) return;
    const shown = strangers.slice(0, 5).map(showSet).join('; ');
    const more = strangers.length > 5 ? `; ${strangers.length - 5} more` : '';
    logger.warn(`records of others at ${domain} are replaced: ${shown.slice(0, 1000)}${more}`);
  }

  #failed(roll: Roll, error: unknown): void {
    if (this.#end.signal.aborted) return;
    const { clock, random, logger, domain } = this.#options;
    this.#known = undefined;
    this.#failures++;
    const kind = error instanceof ZoneFailure ? error.kind : 'refused';
    const most = Math.min(MOST_RETRY_MS[kind], FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 20));
    const pauseMs = random.between(Math.ceil(most / 2), most);
    this.#notBeforeMs = Math.max(this.#notBeforeMs, clock.now() + pauseMs);
    const seconds = Math.ceil(pauseMs / 1000);
    const line =
      `view ${roll.epoch} of ${domain} is not in Route 53 yet: ${messageOf(error)}; ` +
      `attempt ${this.#failures}, the next in ${seconds} s`;
    // One that fails for a day says so a dozen times.
    const isDue = Number.isInteger(Math.log2(this.#failures));
    if (isDue && (kind === 'refused' || this.#failures > 1)) logger.warn(line);
    else logger.debug(line);
  }

  /** Whether what was published has reached all name servers; a new view makes the question moot. */
  async #look(unsettled: Unsettled): Promise<void> {
    const { clock, logger, zone, domain } = this.#options;
    await this.#pause(unsettled.pauseMs, true);
    if (this.#unsettled !== unsettled || this.#wanted !== this.#published) return;
    assert(unsettled.pauseMs > 0, 'a look has a pause before it');
    unsettled.pauseMs = Math.min(MOST_LOOK_MS, unsettled.pauseMs * 2);
    const { batch, epoch, sinceMs } = unsettled;
    try {
      if (await zone.isInSync(batch, this.#end.signal)) {
        if (this.#unsettled === unsettled) this.#unsettled = undefined;
        logger.info(`all name servers of Route 53 have view ${epoch} of ${domain}`);
        return;
      }
    } catch (error) {
      if (this.#end.signal.aborted) return;
      logger.debug(`whether Route 53 has change ${batch} everywhere: ${messageOf(error)}`);
    }
    const ageMs = clock.now() - sinceMs;
    if (ageMs > SLOW_MS && !unsettled.isSlow) {
      unsettled.isSlow = true;
      logger.warn(
        `view ${epoch} of ${domain}, change ${batch}, has not reached all name servers yet`,
      );
    }
    if (ageMs > LOST_MS && this.#unsettled === unsettled) this.#unsettled = undefined;
  }
}

function overtaken(
  { by, stamp }: Extract<Plan, { kind: 'overtaken' }>,
  domain: string,
): ZoneFailure {
  const { instance, epoch } = stamp;
  return by === 'view'
    ? new ZoneFailure(
        'conflict',
        `the zone has view ${epoch} of this instance, which is a later one`,
      )
    : new ZoneFailure('refused', `instance ${instance} has taken ${domain} over`, {
        remedy: 'Stop it, and restart this replica to take the domain back.',
      });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
