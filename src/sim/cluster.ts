import type { Random } from '../base/index.ts';
import { makeView, memberOf } from '../paxos/index.ts';
import type { Member, Notice, ReplicaId, View } from '../paxos/index.ts';
import { decodeWelcome, encodeHello, WIRE } from '../wire/index.ts';
import type { Welcome } from '../wire/index.ts';
import { Directory } from './disk.ts';
import type { Observer } from './observer.ts';
import { VirtualProcess } from './process.ts';
import type { EndOfProcess } from './process.ts';
import { ReplicaProcess } from './replica-process.ts';
import type { Surroundings } from './replica-process.ts';
import type { Settings } from './settings.ts';
import { BOOT_US, Site } from './site.ts';
import { Views } from './views.ts';
import { MS, SECOND } from './world.ts';
import type { World } from './world.ts';

const INSTANCE = '00112233445566778899aabbccddeeff';

/** Of the processes after the founders, every n-th is a name server. */
const NAME_SERVER_EVERY = 3;

/** µs after which somebody has a look at a replica that is no member yet. */
const PATIENCE = 5 * SECOND;

/** What happened to replicas, counted for the report. */
export interface ClusterCounts {
  restarts: number;
  joins: number;
  departures: number;
  failOvers: number;
  snapshotInstalls: number;
  refusedDirectories: number;
}

/** All replicas of an instance, the machines that they live on, and what may be done to them. */
export class Cluster implements Observer {
  readonly sites: Site[] = [];
  readonly genesis: View;
  readonly views: Views;
  readonly counts: ClusterCounts = {
    restarts: 0,
    joins: 0,
    departures: 0,
    failOvers: 0,
    snapshotInstalls: 0,
    refusedDirectories: 0,
  };
  readonly #world: World;
  readonly #random: Random;
  readonly #surroundings: Surroundings;
  readonly #settings: Settings;
  /** Identities that the instance has let go: it needs nothing of them any more. */
  readonly #released = new Set<ReplicaId>();
  /** Identities that an operator sends away: they count as lost from then on. */
  readonly #leaving = new Map<ReplicaId, Set<object>>();
  #processes = 0;

  constructor(world: World, surroundings: Surroundings, settings: Settings) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#surroundings = surroundings;
    this.#settings = settings;
    for (const durable of settings.durable) this.addSite(durable);
    const together = settings.founding === 'together';
    const founders = together ? this.sites : this.sites.slice(0, 1);
    const members = founders.map(({ address, durable }) => {
      return { id: this.#random.id48(), address, durable };
    });
    this.genesis = makeView(1, 1, members);
    this.views = new Views(this.genesis);
  }

  /** Starts the founders, and whoever joins them. */
  found(): void {
    for (const site of this.sites) {
      const member = this.genesis.members.find(({ address }) => address === site.address);
      if (member === undefined) this.join(site);
      else this.#run(site, this.#process(site), member.id, []);
    }
    this.nurse();
  }

  addSite(durable: boolean): Site {
    const address = `r${this.sites.length + 1}:14000`;
    const { jobUs, syncUs } = this.#settings;
    const site = new Site(this.#world, this.#random, address, { durable, jobUs, syncUs });
    this.sites.push(site);
    return site;
  }

  get replicas(): ReplicaProcess[] {
    return this.sites.flatMap(({ replica }) => (replica?.alive === true ? [replica] : []));
  }

  /** Processes, also those that still look for the instance. */
  get running(): number {
    return this.sites.filter((site) => site.running).length;
  }

  get leader(): ReplicaProcess | undefined {
    return this.replicas.find(({ process, replica }) => {
      return !process.stopped && replica.leader?.leading === true;
    });
  }

  siteOf(id: ReplicaId): Site | undefined {
    return this.sites.find((site) => site.id === id);
  }

  #process(site: Site): VirtualProcess {
    const number = ++this.#processes;
    // As if its command line had -n, or had it no more; without dice, which others need as they fall.
    site.answers = number > this.genesis.members.length && number % NAME_SERVER_EVERY === 0;
    const process = new VirtualProcess(this.#world, number, `${site.address}#${number}`);
    site.process = process;
    return process;
  }

  #run(site: Site, process: VirtualProcess, id: ReplicaId, contacts: readonly Member[]): void {
    const { genesis } = this;
    if (site.durable && site.directory === undefined) {
      site.directory = new Directory({ instance: INSTANCE, id, genesis, contacts });
    }
    const { address, answers, durable } = site;
    const plain = { id, address, durable };
    const member: Member = answers ? { ...plain, nameServer: true } : plain;
    site.replica = new ReplicaProcess({
      process,
      surroundings: this.#surroundings,
      clock: site.clock,
      health: site.health,
      load: site.load,
      instance: INSTANCE,
      member,
      genesis,
      contacts,
      directory: site.directory,
    });
  }

  /** Starts the process again that a directory belongs to. */
  restart(site: Site): void {
    const { directory } = site;
    if (directory === undefined || site.running || site.retired) return;
    this.counts.restarts++;
    const process = this.#process(site);
    process.after(BOOT_US, 'process', () => {
      this.#run(site, process, directory.id, directory.contacts);
    });
  }

  /** Ends whatever runs at a site. What it holds in memory is gone; its directory stays. */
  crash(site: Site, how: EndOfProcess): void {
    if (site.process?.alive !== true) return;
    if (this.#world.traced) this.#world.say(`${site.process.name} is ${how}`);
    site.process.end(how);
  }

  /** Whether a member is as it was: a process for one without a disk, a directory for one with. */
  #isIntact(id: ReplicaId): boolean {
    if (this.#released.has(id)) return true;
    if ((this.#leaving.get(id)?.size ?? 0) > 0) return false;
    const site = this.siteOf(id);
    return site !== undefined && (site.directory !== undefined || site.replica?.alive === true);
  }

  /** Whether a majority of every view that may govern survives the loss of what these sites hold. */
  mayLose(sites: readonly Site[]): boolean {
    const lost = new Set(sites.map(({ id }) => id));
    const intact = (id: ReplicaId): boolean => !lost.has(id) && this.#isIntact(id);
    return this.views.survives(intact, this.#growth(intact));
  }

  /**
   * How many members leaders may add at any moment that are not intact: whoever is caught up counts as alive
   * until its end is noticed, whether it is lost now or was before.
   */
  #growth(intact: (id: ReplicaId) => boolean): number {
    const taken = new Set(this.views.newest.members.map(({ address }) => address));
    const added = new Set<string>();
    for (const { replica } of this.replicas) {
      for (const { address, id } of replica.membership.learners()) {
        if (!this.views.has(id) && !taken.has(address) && !intact(id)) added.add(address);
      }
    }
    return added.size;
  }

  /**
   * Somebody sends a member away, and means it. The answer takes that back, once: it stays after all, unless
   * somebody else has sent it away as well.
   */
  sendAway(id: ReplicaId): () => void {
    const reason = {};
    const reasons = this.#leaving.get(id) ?? new Set();
    this.#leaving.set(id, reasons.add(reason));
    return () => {
      reasons.delete(reason);
    };
  }

  /** What a crash of this site destroys is nothing that the instance cannot bear. */
  mayCrash(site: Site): boolean {
    return site.directory !== undefined || this.mayLose([site]);
  }

  /** The directory is lost, with the process that used it. */
  wipe(site: Site): void {
    this.crash(site, 'unplugged');
    site.directory = undefined;
    site.backup = undefined;
  }

  /** A new process looks for the instance, and joins it under a new identity. */
  join(site: Site): void {
    if (site.running || site.directory !== undefined || site.retired) return;
    this.counts.joins++;
    this.#lookUp(site, this.#process(site));
  }

  #lookUp(site: Site, process: VirtualProcess): void {
    const others = this.sites.filter((other) => other !== site && !other.retired);
    const again = (): void => process.after(100 * MS, 'process', () => this.#lookUp(site, process));
    const hello = encodeHello({
      role: 'client',
      wire: WIRE,
      instance: '',
      library: 'sim',
      purpose: 'control',
    });
    this.#surroundings.network.dial({
      process,
      from: site.address,
      to: this.#random.pick(others).address,
      kind: 'client',
      hello: () => hello,
      failed: again,
      answered: (answer, accepted, end) => {
        end.close();
        const welcome = accepted ? decodeWelcome(answer) : undefined;
        // One that is not a member itself does not know who is.
        if (welcome !== undefined && memberOf(welcome.view, welcome.id) !== undefined) {
          this.#met(site, process, welcome);
        } else again();
      },
    });
  }

  #met(site: Site, process: VirtualProcess, { view }: Welcome): void {
    this.#run(site, process, this.#random.id48(), view.members);
  }

  /**
   * A joiner that has waited for long without becoming a member: its contacts may all be gone, and its
   * operator starts it anew.
   */
  nurse(): void {
    for (const site of this.sites) {
      const { id, process, replica } = site;
      if (replica?.alive !== true || id === undefined || process?.stopped === true) continue;
      const waits = this.#world.now - replica.startedAt > PATIENCE;
      const comes = replica.replica.catchUp.transferring;
      if (!waits || comes || site.busy || this.views.has(id) || !this.mayLose([site])) continue;
      if (this.#world.traced) this.#world.say(`${process?.name} has waited for too long`);
      this.wipe(site);
      this.join(site);
    }
    this.#world.schedule(SECOND, 'process', 0, () => this.nurse());
  }

  /** It is not a member any more, and nothing that it holds is needed. */
  depart(site: Site): void {
    const { id } = site;
    if (id !== undefined) this.#released.add(id);
    this.counts.departures++;
    if (site.process !== undefined) site.process.end('killed');
    site.directory = undefined;
    site.retired = true;
  }

  /** A process that ended by its own decision: somebody does what it asks for. */
  ended(replica: ReplicaProcess): void {
    const { fate } = replica;
    const site = this.sites.find((other) => other.replica === replica);
    if (fate === undefined || site === undefined) return;
    this.#world.schedule(this.#random.between(10 * MS, 500 * MS), 'process', 0, () => {
      if (site.replica !== replica || site.running) return;
      if (fate.code !== 'STALE_DIRECTORY') return this.restart(site);
      this.counts.refusedDirectories++;
      this.wipe(site);
      this.join(site);
    });
  }

  noticed(replica: ReplicaProcess, notice: Notice): void {
    switch (notice.kind) {
      case 'departed': {
        const site = this.sites.find((other) => other.replica === replica);
        // Not before the turn is over in which it was said.
        replica.process.after(0, 'process', () => {
          if (site?.replica === replica) this.depart(site);
        });
        return;
      }
      case 'leading':
        this.counts.failOvers++;
        return;
      case 'snapshotInstalled':
        this.counts.snapshotInstalls++;
        return;
      default:
    }
  }
}
