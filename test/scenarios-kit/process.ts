import { Random } from '../../src/base/index.ts';
import { Admission, Host } from '../../src/host/index.ts';
import type { Inbox, Ports } from '../../src/host/index.ts';
import { memberOf, Replica } from '../../src/paxos/index.ts';
import type {
  ClientResponse,
  Event,
  Member,
  Message,
  Notice,
  ReplicaId,
  Retention,
  Timing,
  View,
} from '../../src/paxos/index.ts';
import { DiskLog, DiskSnapshots } from './disk.ts';
import type { Disk } from './disk.ts';
import { replicaName, showBallot } from './show.ts';
import type { Words } from './show.ts';
import { Tally } from './tally.ts';

/** What a line of output is about: `show` and `hide` choose among these. */
export const TOPICS = [
  'offices',
  'records',
  'decisions',
  'executions',
  'views',
  'snapshots',
  'replies',
  'readiness',
  'messages',
  'heartbeats',
] as const;

export type Topic = (typeof TOPICS)[number];

/** What a process needs of the world around it. */
export interface Surroundings {
  readonly timing: Timing;
  readonly retention: Retention;
  readonly words: Words;
  readonly genesis: View;
  readonly chunkBytes: number;
  readonly say: (topic: Topic | undefined, line: string) => void;
  /** Calls when what is under way is done. */
  readonly soon: (callback: () => void) => void;
  readonly send: (from: string, to: string, message: Message) => void;
  readonly respond: (connection: number, response: ClientResponse) => void;
}

export interface ProcessOptions {
  readonly surroundings: Surroundings;
  readonly member: Member;
  readonly contacts: readonly Member[];
  readonly disk: Disk;
  /** ms on its clock. */
  readonly now: number;
}

/** 2025-01-01. */
const EPOCH_MS = 1_735_689_600_000;

/** A production replica in its production host, over ports that do nothing on their own. */
export class ScenarioProcess {
  readonly name: string;
  readonly replica: Replica;
  readonly host: Host;
  readonly disk: Disk;
  readonly admission: Admission;
  readonly member: Member;
  now: number;
  log!: DiskLog;
  snapshots!: DiskSnapshots;
  tally!: Tally;
  /** To whom it keeps connections. */
  peers: ReadonlySet<ReplicaId> = new Set();
  readonly #surroundings: Surroundings;
  #alive = true;
  #commit = 0;
  #office: 'none' | 'preparing' | 'leading' = 'none';
  /** It leads, and prepares for the next view. */
  #again = false;

  constructor({ surroundings, member, contacts, disk, now }: ProcessOptions) {
    this.#surroundings = surroundings;
    this.name = replicaName(member.id);
    this.member = member;
    this.disk = disk;
    this.now = now;
    const fresh = disk.records.length === 0 && disk.snapshot === undefined;
    this.replica = new Replica({
      self: member,
      timing: surroundings.timing,
      retention: surroundings.retention,
      random: new Random(member.id),
      genesis: surroundings.genesis,
      contacts,
      ...(fresh ? {} : { recovered: disk.recover() }),
    });
    disk.incarnation++;
    this.admission = this.#admission(disk.incarnation);
    this.host = new Host(this.replica, (inbox) => this.#ports(inbox));
    if (disk.snapshot !== undefined) this.tally.load(disk.snapshot.state);
    this.#commit = this.replica.log.commit;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get #words(): Words {
    return this.#surroundings.words;
  }

  #say(topic: Topic | undefined, line: string): void {
    this.#surroundings.say(topic, `${this.name} ${line}`);
  }

  push(event: Event): void {
    if (this.#alive) this.host.push(event);
  }

  tick(ms: number): void {
    if (!this.#alive) return;
    this.now += ms;
    this.host.tick();
  }

  end(): void {
    this.#alive = false;
    this.host.stop();
  }

  #admission(incarnation: number): Admission {
    const { genesis } = this.#surroundings;
    const household = {
      instance: '0'.repeat(32),
      generation: 1,
      genesis,
      self: this.member,
      incarnation,
      objectName: 'Tally',
      codeHash: '1'.repeat(32),
      engine: 'v8',
      methods: [],
    };
    const knowledge = {
      position: () => this.disk.synced,
      acknowledged: (id: ReplicaId) => this.replica.peers.position(id),
      view: () => this.replica.log.view,
      leader: () => memberOf(this.replica.log.view, this.replica.status().leader ?? 0),
    };
    return new Admission(household, knowledge, () => {});
  }

  #ports(inbox: Inbox): Ports {
    const { soon, send, respond } = this.#surroundings;
    this.log = new DiskLog(this.disk, inbox, (record) => {
      const unsynced = this.log.held ? ', not yet synced' : '';
      this.#say('records', `${this.#words.record(record)}${unsynced}`);
    });
    this.snapshots = new DiskSnapshots(this.disk, inbox, this.#surroundings.chunkBytes);
    this.tally = new Tally(inbox, (command, result) => {
      const name = `${this.#words.session(command.session)}#${command.sequence}`;
      this.#say('executions', `executes ${name} of slot ${command.slot}: ${result}`);
    });
    return {
      log: this.log,
      snapshots: this.snapshots,
      executor: this.tally,
      peers: {
        connect: (peers) => {
          this.peers = new Set(peers.map(({ id }) => id));
        },
        send: (to, message) => send(this.name, replicaName(to), message),
        sendLater: (to, message) => send(this.name, replicaName(to), message),
      },
      clients: {
        respond: (connection, response) => {
          this.#observe();
          respond(connection, response);
        },
      },
      clock: {
        now: () => this.now,
        wall: () => EPOCH_MS + this.now,
        soon: (callback) => soon(() => this.#turn(callback)),
        next: (callback) => soon(() => this.#turn(callback)),
      },
      random: new Random(this.member.id),
      notices: {
        notice: (notice) => this.#notice(notice),
        ordered: (token, refusal) =>
          this.#say(undefined, `answers order ${token}: ${refusal ?? 'done'}`),
      },
    };
  }

  #turn(callback: () => void): void {
    if (!this.#alive) return;
    try {
      callback();
    } catch (error) {
      this.end();
      this.#say(undefined, `stops: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    this.#observe();
  }

  /** Tells what a turn has changed that no port sees. */
  #observe(): void {
    const { leader, log } = this.replica;
    const office = leader === undefined ? 'none' : leader.leading ? 'leading' : 'preparing';
    if (office !== this.#office) {
      const view = this.#words.view(log.view);
      if (this.#office === 'leading' && office === 'preparing') {
        this.#say('offices', `prepares again, in ${view}`);
        this.#again = true;
      } else if (this.#again && office === 'leading') {
        this.#say('offices', `goes on in ${view} at slot ${leader?.nextSlot}`);
      }
      if (office !== 'preparing') this.#again = false;
      this.#office = office;
    }
    if (log.commit > this.#commit) {
      this.#commit = log.commit;
      this.#say('decisions', `knows that slots up to ${log.commit} are decided`);
    }
  }

  #notice(notice: Notice): void {
    const { acceptor, log, leader } = this.replica;
    const promised = showBallot(acceptor.promised);
    switch (notice.kind) {
      case 'campaigning':
        return this.#say('offices', `campaigns in ${promised}`);
      case 'leading':
        return this.#say(
          'offices',
          `leads in ${showBallot(leader?.ballot ?? acceptor.promised)} from slot ${log.commit + 1}`,
        );
      case 'following':
        return this.#say('offices', 'leads no more');
      case 'quorumLost':
        return this.#say(
          'offices',
          `gives up: it does not hear ${notice.missing.map(replicaName).join(' ')}`,
        );
      case 'quorumRegained':
        return this.#say('offices', 'hears a quorum again');
      case 'viewChanged':
        return this.#say('views', `is in ${this.#words.view(notice.view)}`);
      case 'departed':
        return this.#say('views', `may go: it is not in ${this.#words.view(notice.view)}`);
      case 'ready':
        return this.#say('readiness', `is ready, ${notice.tolerated} may fail`);
      case 'snapshotTaken':
        return this.#say('snapshots', `has a snapshot at slot ${notice.slot}`);
      case 'snapshotInstalled':
        return this.#say('snapshots', `has installed the snapshot at slot ${notice.slot}`);
      case 'diverged':
        return this.#say(undefined, `stops executing: it differs at slot ${notice.slot}`);
      case 'stopped':
        return this.#say(undefined, `stops: no majority agrees at slot ${notice.slot}`);
      case 'doubted':
        return this.#say(undefined, `answers nobody: members differ at slot ${notice.slot}`);
      case 'stuck':
        return this.#say(undefined, `is stuck at call ${notice.index} of slot ${notice.slot}`);
      case 'skipped':
        return this.#say(undefined, `goes on without call ${notice.index} of slot ${notice.slot}`);
      case 'ignored':
        return this.#say(undefined, `ignores a ${notice.message}: nothing names its sender`);
      case 'fetching':
    }
  }
}
