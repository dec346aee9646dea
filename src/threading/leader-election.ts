import { BlockingReturn, roster, RuntimeError } from '../object/bundled.ts';
import type { CallerCommand, Place } from '../object/bundled.ts';
import { checkCount, readCampaign, readRelease, readWait } from './arguments.ts';
import type { CampaignOptions, ReleaseOptions, WaitOptions } from './arguments.ts';
import { Queue } from './queue.ts';

/** Who leads, as everybody sees it. */
export interface Leader {
  /** As the candidate has called itself; null when nobody leads. */
  readonly name: string | null;
  /** Grows whenever another one leads, or nobody any more. */
  readonly term: number;
}

interface Candidate {
  readonly command: CallerCommand;
  readonly owner: string;
  readonly name: string;
}

/**
 * One of those who campaign leads, until it resigns or its session ends; then the next one does, in the order
 * in which they came.
 */
export class DLeaderElection implements Place {
  elected: Candidate | null = null;
  term = 0;
  readonly line = new Queue<Candidate>();
  /** Those who wait for another leader. */
  readonly observers = new Queue<CallerCommand>();

  /**
   * Waits until the caller leads.
   *
   * @returns True, or false where it must not wait or its time is over.
   */
  campaign(command?: CallerCommand): boolean;
  campaign(options: CampaignOptions | undefined, command?: CallerCommand): boolean;
  campaign(first?: CampaignOptions | CallerCommand, second?: CallerCommand): boolean {
    const { command, owner, name, blocking, timeoutMs } = readCampaign(first, second);
    if (this.elected === null) {
      this.elect({ command, owner, name });
      this.tell();
      return true;
    }
    if (!blocking) return false;
    const parked = roster().park(this, false);
    this.line.push(parked.key, { command: parked, owner, name });
    throw new BlockingReturn({ timeoutMs });
  }

  /**
   * Leads no more; the next candidate does.
   *
   * @throws RuntimeError when the caller does not lead.
   */
  resign(command?: CallerCommand): void;
  resign(options: ReleaseOptions | undefined, command?: CallerCommand): void;
  resign(first?: ReleaseOptions | CallerCommand, second?: CallerCommand): void {
    const { of, owner } = readRelease(first, second);
    const { elected } = this;
    const isIts = of === undefined ? elected?.owner === owner : elected?.command.key === of;
    if (elected === null || !isIts)
      throw new RuntimeError('cannot resign: the caller does not lead');
    roster().disown(elected.command, this);
    this.handOver();
  }

  leader(): Leader {
    return { name: this.elected?.name ?? null, term: this.term };
  }

  /**
   * Waits until the term is greater than that: another one leads, or nobody does any more.
   *
   * @returns Who leads then; when its time is over, who leads still.
   */
  observe(term: number, command?: CallerCommand): Leader;
  observe(term: number, options: WaitOptions | undefined, command?: CallerCommand): Leader;
  observe(term: number, first?: WaitOptions | CallerCommand, second?: CallerCommand): Leader {
    checkCount(term, 'term');
    const { timeoutMs } = readWait(first, second);
    if (this.term > term || timeoutMs === 0) return this.leader();
    const parked = roster().park(this, false);
    this.observers.push(parked.key, parked);
    throw new BlockingReturn({ timeoutMs });
  }

  __repr__(): string {
    const { elected, line, term } = this;
    return `<DLeaderElection leader=${elected?.name ?? 'None'} term=${term} candidates=${line.size}>`;
  }

  toString(): string {
    return this.__repr__();
  }

  withdraw({ key }: CallerCommand): boolean {
    this.line.remove(key);
    this.observers.remove(key);
    return false;
  }

  timeOut(command: CallerCommand): void {
    const observes = this.observers.remove(command.key) !== undefined;
    this.line.remove(command.key);
    roster().wake(command, observes ? this.leader() : false);
  }

  forfeit({ key }: CallerCommand): void {
    if (this.elected?.command.key === key) this.handOver();
  }

  elect(candidate: Candidate): void {
    this.elected = candidate;
    this.term++;
    roster().own(candidate.command, this);
  }

  /** To the next who still waits. Observers hear of one change, not of two. */
  handOver(): void {
    this.elected = null;
    for (let next = this.line.shift(); next !== undefined; next = this.line.shift()) {
      if (!roster().wake(next.command, true)) continue;
      this.elect(next);
      return this.tell();
    }
    this.term++;
    this.tell();
  }

  tell(): void {
    for (const command of this.observers.drain()) roster().wake(command, this.leader());
  }
}
