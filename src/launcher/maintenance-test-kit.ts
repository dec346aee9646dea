/** An instance, its nodes and its leader's rules, for maintainers to work on; time goes in seconds. */
import assert from 'node:assert/strict';
import type { Random } from '../base/index.ts';
import { nextStep } from './maintenance.ts';
import type { Aim, InstanceSight, Step } from './maintenance.ts';

export const AIM: Aim = { count: 5, patienceMs: 3000, joinPatienceMs: 20_000 };

interface ModelReplica {
  readonly address: string;
  readonly host: string;
  state: 'starting' | 'learner' | 'member' | 'gone';
  isAlive: boolean;
  silentSince: number;
  readonly startedAt: number;
  /** It never becomes a member. */
  readonly isHopeless: boolean;
}

export class ModelInstance {
  readonly hosts: readonly string[];
  readonly replicas: ModelReplica[] = [];
  readonly downHosts = new Set<string>();
  readonly avoided = new Set<string>();
  now = 0;
  started = 0;
  refused = 0;
  #names = 0;

  constructor(hosts: number, members: number) {
    this.hosts = Array.from({ length: hosts }, (_, index) => `h${String(index).padStart(2, '0')}`);
    for (const host of this.hosts.slice(0, members)) this.#add(host, 'member');
  }

  #add(host: string, state: ModelReplica['state'], isHopeless = false): void {
    const address = `${host}:${this.#names++}`;
    const fresh = { isAlive: true, silentSince: 0, startedAt: this.now, isHopeless };
    this.replicas.push({ address, host, state, ...fresh });
  }

  get members(): readonly ModelReplica[] {
    return this.replicas.filter(({ state }) => state === 'member');
  }

  get live(): readonly ModelReplica[] {
    return this.members.filter(({ isAlive }) => isAlive);
  }

  /** As `failuresTolerated` of the protocol. */
  tolerates(members = this.members): number {
    const live = members.filter(({ isAlive }) => isAlive).length;
    return live - (Math.floor(members.length / 2) + 1);
  }

  /** A second goes by: whoever is on the way comes nearer, and the leader takes in whom it may. */
  pass(): void {
    this.now += 1000;
    for (const replica of this.replicas) {
      if (!replica.isAlive || replica.isHopeless) continue;
      if (replica.state === 'starting') replica.state = 'learner';
      else if (replica.state === 'learner' && this.#isTaken(replica)) replica.state = 'member';
    }
  }

  #isTaken(learner: ModelReplica): boolean {
    return this.tolerates([...this.members, learner]) >= Math.max(0, this.tolerates());
  }

  kill(replica: ModelReplica): void {
    replica.isAlive = false;
    replica.silentSince = this.now;
    // Nobody hears of a process that was no member.
    if (replica.state !== 'member') replica.state = 'gone';
  }

  sight(): InstanceSight {
    const members = this.members.map(({ address, isAlive, silentSince }) => ({
      address,
      isAlive,
      isLeader: address === this.live[0]?.address,
      silentMs: isAlive ? 0 : this.now - silentSince,
    }));
    const joiners = this.replicas
      .filter(({ state }) => state === 'starting' || state === 'learner')
      .map(({ address, host, startedAt }) => ({ address, host, ageMs: this.now - startedAt }));
    const nodes = this.hosts.map((host, index) => ({
      host,
      groups: [`r${index % 4}`],
      answers: !this.downHosts.has(host),
      replicas: this.replicas.filter((one) => one.host === host).map(({ address }) => address),
      isBusy: false,
      isAvoided: this.avoided.has(host),
    }));
    return { tolerates: this.tolerates(), members, joiners, nodes };
  }

  /** Does a step that was decided some time ago. */
  take(step: Step, random: Random): void {
    switch (step.do) {
      case 'start': {
        if (this.downHosts.has(step.host)) return;
        this.started++;
        this.#add(step.host, 'starting', random.chance(1, 8));
        return;
      }
      case 'revive': {
        const dead = this.replicas.find(({ address }) => address === step.address);
        if (dead !== undefined) dead.isAlive = true;
        return;
      }
      case 'abandon': {
        const late = this.replicas.find(({ address }) => address === step.address);
        assert.ok(late !== undefined);
        if (late.state !== 'member') {
          late.isAlive = false;
          late.state = 'gone';
          this.avoided.add(late.host);
        }
        return;
      }
      case 'remove':
        this.#remove(step.address);
        return;
      default:
    }
  }

  /** As the leader does: refused when fewer failures would be tolerated than now. */
  #remove(address: string): void {
    const member = this.members.find((one) => one.address === address);
    if (member === undefined) return;
    const rest = this.members.filter((one) => one !== member);
    if (this.tolerates(rest) < Math.max(0, this.tolerates())) {
      this.refused++;
      return;
    }
    member.state = 'gone';
    member.isAlive = false;
  }
}

/** Sees now, and acts when it is told to: what it knows may be old by then. */
export class ModelMaintainer {
  readonly #instance: ModelInstance;
  #step: Step | undefined;

  constructor(instance: ModelInstance) {
    this.#instance = instance;
  }

  look(): Step {
    this.#step = nextStep(this.#instance.sight(), AIM);
    return this.#step;
  }

  act(random: Random): void {
    if (this.#step !== undefined) this.#instance.take(this.#step, random);
    this.#step = undefined;
  }
}
