import { DEFAULT_RETENTION } from '../paxos/index.ts';
import type { Activity, Aftermath, ActivityParts } from './activity.ts';
import type { Corrected } from './corrected.ts';
import { History } from './history.ts';
import { CallsJudge, judgeHistory } from './judge-calls.ts';
import { judgeLag } from './judge-lag.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';
import type { Subject } from './subject.ts';
import { Workload } from './workload.ts';
import type { WorkloadCounts } from './workload.ts';

/** Clients call, read, and ask what became of it. */
export class CallsActivity implements Activity {
  readonly clientele: Workload;
  readonly observers: readonly Observer[];
  readonly corrected: Corrected;
  readonly #calls: CallsJudge;
  readonly #history: History;
  readonly #parts: ActivityParts;
  readonly #subject: Subject;
  proven = false;

  constructor(parts: ActivityParts, subject: Subject) {
    const { demands, world } = parts;
    this.#parts = parts;
    this.#subject = subject;
    this.#calls = new CallsJudge(subject.model, demands);
    this.#history = new History(() => world.now);
    this.clientele = new Workload({ ...parts, history: this.#history, subject });
    this.corrected = this.#calls.corrected;
    this.observers = [this.#calls];
  }

  get counts(): WorkloadCounts {
    return this.clientele.counts;
  }

  get outstanding(): number {
    return this.clientele.outstanding;
  }

  begin(): void {
    this.clientele.begin();
  }

  quiet(): void {
    this.clientele.quiet();
  }

  async conclude(aftermath: Aftermath): Promise<void> {
    await this.#resolveAll(aftermath);
    await this.#callEveryMember(aftermath);
  }

  /** Somebody asks about every call of which nobody knows what became of it. */
  async #resolveAll({ until }: Aftermath): Promise<void> {
    const client = this.clientele.add();
    let left = 0;
    for (const call of this.#history.unresolved()) {
      left++;
      client.resolve(call, () => left--);
    }
    await until('every question about a call is answered', () => left === 0);
  }

  /** At every member new calls succeed, for clients that know no other. */
  async #callEveryMember({ cluster, until }: Aftermath): Promise<void> {
    let left = 0;
    for (const { address } of cluster.views.newest.members) {
      const client = this.clientele.add(address);
      for (const method of ['increment', 'getvalue'] as const) {
        left++;
        client.call(method, Infinity, ({ end }) => {
          if (end.kind === 'returned' || end.kind === 'applied') left--;
        });
      }
    }
    await until('new calls succeed at every member', () => left === 0);
  }

  judge(): void {
    const { settings, world } = this.#parts;
    this.#calls.compare(this.#history);
    judgeLag(this.#history, world.slowestClock);
    const { resultsGone } = this.counts;
    if (resultsGone > 0 && settings.retention.replyBytes === DEFAULT_RETENTION.replyBytes) {
      throw new Verdict('calls', `${resultsGone} results are gone, and there was room for all`);
    }
    this.proven = judgeHistory(this.#history, this.#subject.model, this.#calls) === 'proven';
  }
}
