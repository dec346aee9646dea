import { assert, limits, unreachable } from '../base/index.ts';
import { sameBallot } from '../paxos/index.ts';
import type {
  Effect,
  Event,
  LogRecord,
  Message,
  Replica,
  ReplicaId,
  ReplicaStatus,
} from '../paxos/index.ts';
import { Backlog } from './backlog.ts';
import type { Inbox, Ports } from './ports.ts';

/** So many turns with nothing to gather make it likely that there is nothing to gather in the next. */
const LONE_TURNS = 8;

/** Work on the object and its snapshots. */
type Job = Extract<
  Effect,
  {
    kind: 'execute' | 'read' | 'takeSnapshot' | 'serveChunk' | 'storeChunk' | 'installSnapshot';
  }
>;

/** A message that must not leave before the log is durable up to a position. */
interface Withheld {
  readonly after: number;
  readonly to: ReplicaId;
  readonly message: Message;
}

/**
 * Joins a replica to a world. Everything that happens in one turn of the event loop goes into the replica
 * as one step, unless it has come one by one for a while: then nothing waits for the end of the turn. The
 * effects of the step are performed in order. Work on the object and its snapshots
 * comes last, in its own order, behind the write of the step's records: others wait for votes, and nobody
 * for that. Two things happen here and nowhere else: messages wait for the disk (Safety 1), and messages to
 * oneself come back as events.
 */
export class Host implements Inbox {
  readonly #replica: Replica;
  readonly #self: ReplicaId;
  readonly #ports: Ports;
  #events: Event[] = [];
  #scheduled = false;
  /** How many turns on end had no two events to share a slot, a sync or a write. */
  #lone = 0;
  #stopped = false;
  #durable: number;
  /** In the order of their positions, because positions grow. */
  #withheld: Withheld[] = [];
  /** How often another's state began to take the place of the own one. */
  #installs = 0;
  readonly #backlog = new Backlog();
  /** What the replica was told of it. */
  #over = false;
  #records: LogRecord[] = [];
  #jobs: Job[] = [];
  #appended: number;

  /** @param ports Are told whom to report to; must not report before they have returned. */
  constructor(replica: Replica, ports: (inbox: Inbox) => Ports) {
    this.#replica = replica;
    this.#self = replica.context.self.id;
    this.#durable = replica.context.position;
    this.#appended = this.#durable;
    this.#ports = ports(this);
  }

  push(event: Event): void {
    if (this.#stopped || this.#backlog.refuses(event, this.#self)) return;
    this.#events.push(event);
    this.#schedule();
  }

  durable(position: number): void {
    if (this.#stopped) return;
    assert(position <= this.#appended, 'only what was appended becomes durable');
    if (position <= this.#durable) return;
    this.#backlog.release(position - this.#durable);
    this.#durable = position;
    this.#tellBacklog();
    let released = 0;
    for (const { after, to, message } of this.#withheld) {
      if (after > position) break;
      released++;
      this.#deliver(to, message);
    }
    if (released > 0) this.#withheld.splice(0, released);
  }

  /** Others' entries are dropped here; only the replica itself can stop making its own. */
  #tellBacklog(): void {
    if (this.#over === this.#backlog.over) return;
    this.#over = this.#backlog.over;
    this.push({ kind: 'backlog', state: this.#over ? 'over' : 'under' });
  }

  /** To be called every few milliseconds: time is an event like any other. */
  tick(): void {
    if (!this.#stopped) this.#schedule();
  }

  /** Nothing goes in or out any more. */
  stop(): void {
    this.#stopped = true;
    this.#events = [];
    this.#withheld = [];
  }

  /** Position of the log up to which everything is durable. */
  get durablePosition(): number {
    return this.#durable;
  }

  /** The highest durable position that `id` is known to have acknowledged. */
  acknowledgedPosition(id: ReplicaId): number {
    return this.#replica.peers.position(id);
  }

  status(): ReplicaStatus {
    return this.#replica.status();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const { clock } = this.#ports;
    if (this.#lone >= LONE_TURNS) clock.next(() => this.#turn());
    else clock.soon(() => this.#turn());
  }

  #turn(): void {
    const { clock } = this.#ports;
    this.#lone = this.#events.length <= 1 ? this.#lone + 1 : 0;
    while (!this.#stopped) {
      const events = this.#events;
      this.#events = [];
      const effects = this.#replica.step(clock.now(), clock.wall(), events);
      for (const effect of effects) this.#take(effect);
      this.#append();
      this.#work();
      if (this.#events.length === 0) break;
    }
    this.#scheduled = false;
  }

  #work(): void {
    const jobs = this.#jobs;
    if (jobs.length === 0) return;
    this.#jobs = [];
    for (const job of jobs) this.#perform(job);
  }

  /** One call for all records of a step: they share a write and a sync. */
  #append(): void {
    if (this.#records.length === 0) return;
    const records = this.#records;
    this.#records = [];
    this.#ports.log.append(records, this.#appended);
  }

  #take(effect: Effect): void {
    const { clients, notices, peers } = this.#ports;
    switch (effect.kind) {
      case 'persist':
        assert(effect.position === this.#appended + 1, 'records are persisted in order');
        this.#appended = effect.position;
        this.#backlog.add(effect.record);
        this.#records.push(effect.record);
        this.#tellBacklog();
        return;
      case 'send':
        if (effect.later === true) this.#ports.peers.sendLater(effect.to, effect.message);
        else if (effect.after <= this.#durable) this.#deliver(effect.to, effect.message);
        else this.#withhold(effect);
        return;
      case 'respond':
        clients.respond(effect.connection, effect.response);
        return;
      case 'connect':
        peers.connect(effect.peers);
        return;
      case 'truncate':
        this.#append();
        this.#ports.log.truncate(effect.through);
        return;
      case 'ordered':
        notices.ordered(effect.token, effect.refusal);
        return;
      case 'notice':
        notices.notice(effect.notice);
        return;
      default:
        this.#jobs.push(effect);
    }
  }

  /**
   * Until a full disk has space again, questions and answers of phase 1 are repeated: of each kind, one waits
   * for each receiver. The same again adds nothing, and the first need not wait as long; one of a later
   * question takes the place of the earlier, which nobody asks any more.
   */
  #withhold({ after, to, message }: Withheld): void {
    if (message.kind === 'prepare' || message.kind === 'promise') {
      const earlier = this.#withheld.findIndex(
        (withheld) => withheld.to === to && withheld.message.kind === message.kind,
      );
      const known = this.#withheld[earlier]?.message;
      if (known?.kind === message.kind) {
        if (known.from === message.from && sameBallot(known.ballot, message.ballot)) return;
        this.#withheld.splice(earlier, 1);
      }
    }
    this.#withheld.push({ after, to, message });
  }

  #perform(job: Job): void {
    const { executor, peers, snapshots } = this.#ports;
    switch (job.kind) {
      case 'execute':
        executor.execute(job.last, job.commands);
        return;
      case 'read':
        executor.read(job.batch, job.commands);
        return;
      case 'takeSnapshot': {
        const { slot, header } = job;
        const installs = this.#installs;
        executor.capture((state) => {
          // Of a state that was given up since, nothing may be kept, least of all as the newest (Safety 9).
          const current = installs === this.#installs;
          if (state === undefined || !current) this.push({ kind: 'snapshotFailed' });
          else if (!this.#stopped) snapshots.save(slot, header, state);
        });
        return;
      }
      case 'serveChunk': {
        const { snapshot, offset, to } = job;
        snapshots.readChunk(snapshot, offset, limits.SNAPSHOT_CHUNK_BYTES, (chunk) => {
          if (chunk === undefined) this.push({ kind: 'chunkMissing', to });
          else if (!this.#stopped)
            peers.send(to, { kind: 'snapshotChunk', snapshot, offset, chunk });
        });
        return;
      }
      case 'storeChunk':
        snapshots.storeChunk(job.snapshot, job.offset, job.chunk);
        return;
      case 'installSnapshot':
        this.#install(job.snapshot);
        return;
      default:
        unreachable(job);
    }
  }

  #install(snapshot: Extract<Effect, { kind: 'installSnapshot' }>['snapshot']): void {
    const { executor, snapshots } = this.#ports;
    this.#installs++;
    snapshots.complete(snapshot, (content) => {
      if (content === undefined) {
        this.push({ kind: 'snapshotRejected', snapshot });
        return;
      }
      executor.restore(content.state, (outcome) => {
        if (outcome === 'malformed') this.push({ kind: 'snapshotRejected', snapshot });
        else this.push({ kind: 'snapshotInstalled', snapshot, header: content.header });
      });
    });
  }

  /** A message to oneself is an event; to others it goes out. */
  #deliver(to: ReplicaId, message: Message): void {
    if (to === this.#self) this.push({ kind: 'message', from: this.#self, message });
    else this.#ports.peers.send(to, message);
  }
}
