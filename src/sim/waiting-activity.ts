import { present } from '../base/index.ts';
import { Machine as ObjectMachine } from '../object/index.ts';
import { encodeCommand } from '../wire/index.ts';
import type { SessionNumber } from '../paxos/index.ts';
import type { Activity, ActivityParts, Aftermath } from './activity.ts';
import { Beliefs } from './beliefs.ts';
import type { Cluster } from './cluster.ts';
import { Corrected } from './corrected.ts';
import { sameBytes } from './judge-agreement.ts';
import { LeaseJudge } from './judge-leases.ts';
import { WaitingJudge } from './judge-waiting.ts';
import type { Machine } from './network.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';
import { clientProcess, WaitingClient } from './waiting-client.ts';
import type { Ask, Script } from './waiting-flow.ts';
import type { WaitingSubject } from './waiting-subject.ts';
import type { WorkloadCounts } from './workload.ts';
import { MS, SECOND } from './world.ts';

/** µs after which nothing arrives any more of what a process had sent. */
const UNDER_WAY_US = 6 * SECOND;
/** µs between two looks at leases. */
const LOOK_US = 100 * MS;
/** Once in so many clients the first thing that it does is to replace the object. */
const CLIENTS_PER_FRESH = 6;

/** Clients that wait, own, and give back; and die, or stand still, while they do. */
export class WaitingActivity implements Activity {
  readonly corrected = new Corrected();
  readonly observers: readonly Observer[];
  readonly counts: WorkloadCounts = {
    calls: 0,
    returned: 0,
    givenUp: 0,
    resolved: 0,
    resultsGone: 0,
    acknowledged: 0,
    granted: 0,
    lost: 0,
  };
  readonly #parts: ActivityParts;
  readonly #subject: WaitingSubject;
  readonly #judge: WaitingJudge;
  readonly #leases: LeaseJudge;
  readonly #beliefs = new Beliefs();
  readonly #all: WaitingClient[] = [];
  #drains: WaitingClient[] = [];
  #made = 0;
  #quiet = false;
  proven = false;

  constructor(parts: ActivityParts, subject: WaitingSubject) {
    this.#parts = parts;
    this.#subject = subject;
    this.#judge = new WaitingJudge(subject.makeModel());
    this.#leases = new LeaseJudge(parts.settings.leaseMs);
    this.observers = [this.#judge];
  }

  get clientele(): this {
    return this;
  }

  get clients(): readonly WaitingClient[] {
    return this.#all.filter(({ alive }) => alive);
  }

  get outstanding(): number {
    const clients = this.clients.filter((client) => !this.#drains.includes(client));
    const left = clients.reduce((sum, client) => sum + client.outstanding, 0);
    if (left === 0) for (const drain of this.#drains) drain.quiet();
    return left === 0
      ? this.#drains.reduce((sum, client) => sum + (client.alive ? client.outstanding : 0), 0)
      : left;
  }

  begin(cluster: Cluster): void {
    this.#watchLeases(cluster);
    this.#renew();
    for (let left = this.#parts.settings.clients; left > 0; left--) this.add().begin();
  }

  /** The object is replaced by a fresh one. */
  #renew(): void {
    const args = this.#parts.world.random.pick(this.#subject.fresh);
    this.add().make({ method: '__concoordinit__', options: {}, args }, () => undefined);
  }

  add(at?: Machine): WaitingClient {
    const { settings, world } = this.#parts;
    const flows = at === undefined ? world.random.between(1, settings.flows) : 1;
    return this.#make(this.#subject.script, flows, at);
  }

  #make(script: Script, flows: number, at?: Machine): WaitingClient {
    const { addresses, world } = this.#parts;
    const process = clientProcess(world, ++this.#made);
    const all = [...addresses()];
    const first = world.random.between(0, all.length - 1);
    const bootstrap = at === undefined ? [...all.slice(first), ...all.slice(0, first)] : [at];
    const parts = {
      ...this.#parts,
      ...{ script, bootstrap, flows, judge: this.#judge, beliefs: this.#beliefs },
      tireless: this.#quiet,
      counts: this.counts,
      replace: () => this.#replace(),
    };
    const client = new WaitingClient(parts, process);
    this.#all.push(client);
    return client;
  }

  #replace(): void {
    if (this.#quiet) return;
    if (this.#parts.world.random.chance(1, CLIENTS_PER_FRESH)) this.#renew();
    this.add().begin();
  }

  quiet(): void {
    this.#quiet = true;
    const addresses = this.#parts.addresses();
    for (const client of this.#all) {
      client.quiet();
      // All that it knows is gone. It would wait for ever; people start such a program anew.
      if (client.alive && !client.knows(addresses)) client.crash();
    }
    const { drain } = this.#subject;
    if (drain === undefined) return;
    const client = this.#make(drain, 1);
    this.#drains = [client];
    client.begin();
  }

  async conclude(aftermath: Aftermath): Promise<void> {
    await this.#buryTheDead(aftermath);
    const { cluster, until } = aftermath;
    let left = 0;
    for (const { address } of cluster.views.newest.members) {
      left++;
      const client = this.add(address);
      client.quiet();
      this.#tryAll(client, this.#subject.trial, () => left--);
    }
    await until('new calls succeed at every member', () => left === 0);
    this.#expectNobody(cluster);
  }

  /** What the dead had is passed on: how soon, another judge says. */
  async #buryTheDead({ cluster, until }: Aftermath): Promise<void> {
    await until('what the dead have is passed on', () => {
      const stakes = cluster.leader?.replica.applier.sessions.stakes;
      return stakes !== undefined && [...stakes.sessions()].length === 0;
    });
  }

  /** Looks at leases now and then, for as long as the run lasts. */
  #watchLeases(cluster: Cluster): void {
    const { world } = this.#parts;
    world.schedule(LOOK_US, 'client', 0, () => {
      const { leader } = cluster;
      const clock = cluster.sites.find(({ replica }) => replica === leader)?.clock;
      this.#leases.look(clock?.now() ?? 0, leader, (session) => this.#isDead(session));
      this.#watchLeases(cluster);
    });
  }

  /** And nothing that it has sent is under way any more. */
  #isDead(session: SessionNumber): boolean {
    const { now } = this.#parts.world;
    const isGone = ({ endedAt }: WaitingClient): boolean => now - endedAt > UNDER_WAY_US;
    return this.#all.some((client) => isGone(client) && client.sessions.has(session));
  }

  #tryAll(client: WaitingClient, asks: readonly Ask[], done: () => void): void {
    const [first, ...rest] = asks;
    if (first === undefined) {
      client.close();
      return done();
    }
    client.make(present(first, 'a call'), (settlement) => {
      if (settlement.kind !== 'result')
        throw new Verdict('waiting', 'a call of the end has failed');
      this.#tryAll(client, rest, done);
    });
  }

  /** Nobody waits, and nobody owns anything, as the model has it; the replicas are held against it. */
  #expectNobody({ views }: Cluster): void {
    const { owned, waiting } = this.#judge.model;
    if (owned.size + waiting.size === 0) return;
    const names = [...owned.keys(), ...waiting.keys()].join(' ');
    throw new Verdict('waiting', `at the end of view ${views.newest.epoch}, ${names} are left`);
  }

  judge(state: Uint8Array): void {
    this.#judge.compareOrder();
    if (!sameBytes(state, this.#unused())) {
      throw new Verdict('waiting', 'the object still has something of those who are gone');
    }
    this.proven = true;
  }

  /** The state of an object like this one, at which nobody has ever waited. */
  #unused(): Uint8Array {
    const machine = new ObjectMachine(this.#subject.type);
    const likeness = this.#judge.model.likeness;
    likeness.forEach(({ args, method }, index) => {
      const context = { slot: 1, index, time: 0, seed: 0, session: 1, sequence: 1 + index };
      machine.apply(encodeCommand(method, args), context);
    });
    return machine.capture();
  }
}
