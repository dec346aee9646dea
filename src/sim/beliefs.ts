import { Verdict } from './observer.ts';

/** One flow of a client that believes to own something. */
export interface Believer {
  readonly name: string;
  /** Its process is stopped, and knows nothing of what happens meanwhile. */
  readonly stopped: boolean;
}

/**
 * Exclusion as it matters to programs: at no moment of true time do more of them believe to own something
 * than may own it, whatever the log says. A process that is stopped believes what it likes: it finds out
 * before it does anything.
 */
export class Beliefs {
  /** By epoch of the object: owners of another object are none of this one. */
  readonly #believers = new Map<number, Set<Believer>>();

  begin(believer: Believer, epoch: number, capacity: number): void {
    const all = this.#believers.get(epoch) ?? new Set();
    this.#believers.set(epoch, all);
    all.add(believer);
    this.#check(all, capacity);
  }

  end(believer: Believer): void {
    for (const all of this.#believers.values()) all.delete(believer);
  }

  /** It goes on after a pause, and still believes. */
  check(believer: Believer, capacityOf: (epoch: number) => number): void {
    for (const [epoch, all] of this.#believers) {
      if (all.has(believer)) this.#check(all, capacityOf(epoch));
    }
  }

  #check(all: ReadonlySet<Believer>, capacity: number): void {
    const awake = [...all].filter(({ stopped }) => !stopped);
    if (awake.length <= capacity) return;
    const names = awake.map(({ name }) => name).join(', ');
    throw new Verdict('belief', `${names} believe to own at once what ${capacity} may own`);
  }
}
