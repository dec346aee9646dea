import { present } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import { Admission, Host, recover } from '../host/index.ts';
import type { ClockPort, Inbox, NoticePort, Ports } from '../host/index.ts';
import { Replica, showReplica } from '../paxos/index.ts';
import type {
  Member,
  Notice,
  Order,
  Recovered,
  ReplicaId,
  ReplicaStatus,
  Retention,
  Timing,
  View,
} from '../paxos/index.ts';
import { decodeHello, encodeRefusal, encodeWelcome } from '../wire/index.ts';
import { ClassExecutor } from './class-executor.ts';
import type { WorldCounts } from './class-executor.ts';
import { ClientLinks } from './client-links.ts';
import type { VirtualClock } from './clock.ts';
import type { ConnectionEnd } from './connection.ts';
import { DiskLog, MemoryLog } from './disk.ts';
import type { Demands } from './demands.ts';
import type { Directory, DiskHealth } from './disk.ts';
import { VirtualExecutor } from './executor.ts';
import type { ExecutorParts, Load, ObjectExecutor } from './executor.ts';
import type { Network } from './network.ts';
import type { Observers } from './observer.ts';
import { PeerLinks } from './peer-links.ts';
import type { VirtualProcess } from './process.ts';
import { parseSnapshot, VirtualSnapshots } from './snapshots.ts';
import type { Runnable } from './subject.ts';

/** What the processes of one run have in common. */
export interface Surroundings {
  readonly network: Network;
  readonly random: Random;
  readonly observers: Observers;
  readonly subject: Runnable;
  /** From this size on, states of classes have a shadow. */
  readonly shadowFromBytes: number;
  readonly worlds: WorldCounts;
  readonly demands: Demands;
  readonly timing: Timing;
  readonly retention: Retention;
  readonly pace: Pace;
}

/** Periods and sizes of the virtual machines. */
export interface Pace {
  readonly tickUs: number;
  readonly turnUs: number;
  readonly snapshotUs: number;
  readonly chunkBytes: number;
  /** A received snapshot is damaged now and then, which its hash must show. */
  readonly damagedTransfers: boolean;
}

/** Why a process ended by its own decision. */
export interface Fate {
  readonly code: 'STALE_DIRECTORY' | 'DISK' | 'OBJECT';
  readonly words: string;
}

export interface ReplicaProcessOptions {
  readonly process: VirtualProcess;
  readonly surroundings: Surroundings;
  readonly clock: VirtualClock;
  readonly health: DiskHealth;
  readonly load: Load;
  readonly instance: string;
  readonly member: Member;
  readonly genesis: View;
  readonly contacts: readonly Member[];
  /** Where a durable replica writes, and what it starts from. */
  readonly directory: Directory | undefined;
}

interface VirtualPorts extends Ports {
  readonly peers: PeerLinks;
  readonly clients: ClientLinks;
  readonly executor: ObjectExecutor;
}

/** A replica as a process of the virtual world: the production host over virtual ports. */
export class ReplicaProcess {
  readonly process: VirtualProcess;
  readonly member: Member;
  readonly replica: Replica;
  readonly directory: Directory | undefined;
  /** Virtual µs. */
  readonly startedAt: number;
  readonly #options: ReplicaProcessOptions;
  readonly #host: Host;
  readonly #executor: ObjectExecutor;
  readonly #peers: PeerLinks;
  readonly #clients: ClientLinks;
  readonly #admission: Admission;
  readonly #orders = new Map<number, (refusal: string | undefined) => void>();
  #lastToken = 0;
  /** Why the process ended by its own decision. */
  fate: Fate | undefined;

  constructor(options: ReplicaProcessOptions) {
    const { process, surroundings, member, genesis, contacts, directory } = options;
    this.#options = options;
    this.process = process;
    this.member = member;
    this.directory = directory;
    this.startedAt = process.world.now;
    this.#admission = this.#makeAdmission(directory === undefined ? 1 : ++directory.incarnation);
    const random = surroundings.random.fork();
    const { retention, timing } = surroundings;
    const recovered = directory === undefined ? undefined : recoverFrom(directory);
    this.replica = new Replica({
      self: member,
      timing,
      random: random.fork(),
      genesis,
      contacts,
      retention,
      ...(recovered === undefined ? {} : { recovered }),
    });
    let ports: VirtualPorts | undefined;
    this.#host = new Host(this.replica, (inbox) => (ports = this.#ports(inbox, random)));
    this.#peers = present(ports, 'ports').peers;
    this.#clients = present(ports, 'ports').clients;
    this.#executor = present(ports, 'ports').executor;
    process.onEnd(() => {
      this.#host.stop();
      this.#executor.close();
      surroundings.observers.ended(this);
    });
    surroundings.observers.started(this);
    surroundings.network.listen(member.address, process, (hello, end) => this.#admit(hello, end));
    this.#tick();
  }

  get id(): ReplicaId {
    return this.member.id;
  }

  get alive(): boolean {
    return this.process.alive;
  }

  status(): ReplicaStatus {
    return this.#host.status();
  }

  push(event: Parameters<Host['push']>[0]): void {
    this.process.enter(() => this.#host.push(event));
  }

  /** The state of its object after everything that was executed, for whoever compares. */
  capture(done: (state: Uint8Array | undefined) => void): void {
    this.process.enter(() => this.#executor.capture(done));
  }

  /** Gives an operator's order; the answer comes once, or never when the process ends. */
  order(order: Order, done: (refusal: string | undefined) => void): void {
    const token = ++this.#lastToken;
    this.#orders.set(token, done);
    this.push({ kind: 'order', token, order });
  }

  /** Ends the process as a failure does that it found itself. */
  #fatal(fate: Fate): void {
    this.fate = fate;
    const { name, world } = this.process;
    if (world.traced) world.say(`${name} ends: ${fate.words}`);
    this.process.end('killed');
  }

  #tick(): void {
    const { process, surroundings } = this.#options;
    process.after(surroundings.pace.tickUs, 'tick', () => {
      this.#host.tick();
      this.#tick();
    });
  }

  #ports(inbox: Inbox, random: Random): VirtualPorts {
    const { process, surroundings, directory, health, member } = this.#options;
    const { network, observers, pace } = surroundings;
    const fatal = (fate: Fate): void => this.#fatal(fate);
    const log =
      directory === undefined
        ? new MemoryLog(inbox)
        : new DiskLog({
            process,
            directory,
            health,
            inbox,
            random: random.fork(),
            synced: (where, records) => observers.synced(where, records),
            cut: (where, highest) => observers.cut(where, highest),
            fatal,
          });
    const snapshots = new VirtualSnapshots({
      process,
      shelf: directory ?? { snapshot: undefined },
      inbox,
      random: random.fork(),
      chunkBytes: pace.chunkBytes,
      damaged: pace.damagedTransfers,
      writeUs: pace.snapshotUs,
      taken: (name) => observers.snapshotTaken(this, name),
    });
    const executor = this.#makeExecutor(inbox, random.fork());
    const kept = directory?.snapshot;
    executor.begin(kept === undefined ? undefined : parseSnapshot(kept.bytes).state);
    const peers = new PeerLinks({
      process,
      network,
      address: member.address,
      admission: this.#admission,
      inbox,
      random: random.fork(),
      sent: (to, message) => observers.sent(this, to, message),
      received: (from, message) => observers.received(this, from, message),
      fatal,
    });
    const clients = new ClientLinks(inbox);
    const clock = this.#clockPort();
    return {
      log,
      snapshots,
      peers,
      clients,
      executor,
      clock,
      random: random.fork(),
      notices: this.#noticePort(),
    };
  }

  #makeExecutor(inbox: Inbox, random: Random): ObjectExecutor {
    const { load, process, surroundings } = this.#options;
    const { demands, observers, shadowFromBytes, subject, worlds } = surroundings;
    const parts: ExecutorParts = {
      process,
      inbox,
      random,
      load,
      demands,
      machine: this.member.address,
      executed: (command, result) => observers.executed(this, command, result),
    };
    const { program } = subject;
    if (program.kind === 'builtIn') return new VirtualExecutor(parts, program.type);
    return new ClassExecutor({
      ...parts,
      make: program.make,
      counts: worlds,
      shadowFromBytes,
      lost: (words) => this.#fatal({ code: 'OBJECT', words }),
    });
  }

  #clockPort(): ClockPort {
    const { process, surroundings, clock } = this.#options;
    const { observers, pace, random } = surroundings;
    const turn = (delayUs: number, callback: () => void): void => {
      process.after(delayUs, 'turn', () => {
        callback();
        this.#clients.flush();
        observers.turned(this);
      });
    };
    return {
      now: () => clock.now(),
      wall: () => clock.wall(),
      soon: (callback) => turn(random.between(0, pace.turnUs), callback),
      next: (callback) => turn(0, callback),
    };
  }

  #noticePort(): NoticePort {
    const { process, surroundings } = this.#options;
    return {
      notice: (notice: Notice) => {
        if (process.world.traced) process.world.say(`${process.name} ${showNotice(notice)}`);
        surroundings.observers.noticed(this, notice);
      },
      ordered: (token, refusal) => {
        const done = this.#orders.get(token);
        this.#orders.delete(token);
        done?.(refusal);
      },
    };
  }

  #makeAdmission(incarnation: number): Admission {
    const { genesis, instance, member, surroundings } = this.#options;
    const { methods, name } = surroundings.subject;
    return new Admission(
      {
        instance,
        generation: 1,
        genesis,
        self: member,
        incarnation,
        objectName: name,
        codeHash: '',
        engine: '',
        methods,
      },
      {
        position: () => this.#host.durablePosition,
        acknowledged: (id) => this.#host.acknowledgedPosition(id),
        view: () => this.status().view,
        leader: () => {
          const { leader, view } = this.status();
          return view.members.find(({ id }) => id === leader);
        },
      },
      () => {},
    );
  }

  /** Answers whoever connects: a welcome, or a refusal with the reason. */
  #admit(bytes: Uint8Array, end: ConnectionEnd): { answer: Uint8Array; accepted: boolean } {
    const hello = decodeHello(bytes);
    const judgement = this.#admission.judge(hello);
    if ('refusal' in judgement) {
      return { answer: encodeRefusal(judgement.refusal), accepted: false };
    }
    if (hello.role === 'client') this.#clients.accept(end);
    else if (hello.target === 0 || hello.target === this.id) this.#peers.accept(hello, end);
    return { answer: encodeWelcome(judgement.welcome), accepted: true };
  }
}

function recoverFrom(directory: Directory): Recovered {
  const { snapshot } = directory;
  return recover({
    records: directory.read(),
    position: directory.position,
    snapshot:
      snapshot === undefined
        ? undefined
        : {
            name: snapshot.name,
            header: parseSnapshot(snapshot.bytes).header,
            slot: snapshot.name.slot,
          },
  });
}

function showNotice(notice: Notice): string {
  switch (notice.kind) {
    case 'leading':
    case 'campaigning':
      return `${notice.kind} in ballot ${notice.ballot}`;
    case 'following':
      return `follows in ballot ${notice.ballot}`;
    case 'viewChanged':
    case 'ready':
    case 'departed':
      return `${notice.kind}: ${showView(notice.view)}`;
    case 'snapshotTaken':
    case 'snapshotInstalled':
    case 'diverged':
    case 'stopped':
    case 'doubted':
    case 'stuck':
    case 'skipped':
      return `${notice.kind} at slot ${notice.slot}`;
    case 'quorumLost':
      return `lost its quorum, misses ${notice.missing.map(showReplica).join(', ')}`;
    case 'quorumRegained':
      return 'regained its quorum';
    case 'fetching':
      return `fetches the snapshot at slot ${notice.snapshot.slot} of ${showReplica(notice.source)}`;
    case 'ignored':
      return `ignored ${notice.message} of ${showReplica(notice.from)}, which nothing names`;
  }
}

export function showView({ epoch, start, members }: View): string {
  const names = members.map(({ id, address }) => `${showReplica(id)}@${address}`);
  return `view ${epoch} from slot ${start} with ${names.join(', ')}`;
}
