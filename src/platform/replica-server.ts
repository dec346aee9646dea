import { answerChallenge } from '../auth/index.ts';
import type { Token, TokenKey } from '../auth/index.ts';
import { ConCoordError } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import { Admission, Host } from '../host/index.ts';
import type { Household, Inbox } from '../host/index.ts';
import { DEFAULT_TIMING, memberOf, Replica } from '../paxos/index.ts';
import type { Event, Member, Notice, Order, ReplicaStatus, View } from '../paxos/index.ts';
import type { Hello, PeerHello, Refusal, Welcome } from '../wire/index.ts';
import { ClientConnections } from './client-connections.ts';
import type { DataDirectory } from './data-directory.ts';
import type { ControlReply, ControlRequest, StatusReport } from './control-protocol.ts';
import { Guard } from './guard.ts';
import { report } from './status-report.ts';
import type { Logger } from './logger.ts';
import { CODE_PART_BYTES } from './limits.ts';
import { PeerLinks } from './peer-links.ts';
import { startExecutor } from './program.ts';
import type { Executor, Program } from './program.ts';
import { SparingWarnings } from './sparing-warnings.ts';
import { splitAddress } from './split-address.ts';
import { diskStorage, memoryStorage } from './storage.ts';
import type { Storage } from './storage.ts';
import { systemClock } from './system-clock.ts';
import { TcpServer } from './tcp-server.ts';
import { ViewTeller } from './view-teller.ts';
import type { ViewChanged } from './view-teller.ts';

const TICK_MS = 10;

export interface ReplicaServerOptions {
  readonly household: Household;
  /** The token of the instance, which everybody must have who connects; undefined where there is none. */
  readonly access: Access | undefined;
  readonly program: Program;
  /** Members of the instance that a bootstrap contact named. */
  readonly contacts: readonly Member[];
  /** Where to keep votes and snapshots; undefined keeps them in memory. */
  readonly directory: DataDirectory | undefined;
  readonly random: Random;
  readonly logger: Logger;
  readonly notice: (notice: Notice) => void;
  /** For whoever publishes the view; hears of it before `ready` is noticed. */
  readonly viewChanged?: ViewChanged;
  /** A member of another instance looks for a lost member at our address. */
  readonly claimed: (hello: PeerHello) => void;
  /** A member refuses to have us: with our directory, code or engine. */
  readonly refused: (member: Member, refusal: Refusal) => void;
  /** Nothing may be believed durable any more: the process must end. */
  readonly fatal: (error: Error) => void;
}

/** See `ReplicaStatus`. */
export type Work = Pick<
  ReplicaStatus,
  'accepted' | 'applied' | 'commit' | 'proposed' | 'queued' | 'role'
>;

/** A token, and what it is in this instance. */
export interface Access {
  readonly token: Token;
  readonly key: TokenKey;
}

/** Keeps events for a host that does not run yet. */
class Porch implements Inbox {
  #host: Host | undefined;
  #events: Event[] = [];

  push(event: Event): void {
    if (this.#host === undefined) this.#events.push(event);
    else this.#host.push(event);
  }

  durable(position: number): void {
    this.#host?.durable(position);
  }

  enter(host: Host): void {
    this.#host = host;
    for (const event of this.#events) host.push(event);
    this.#events = [];
  }
}

/** Tells people when the disk is full: they alone can make space. */
class DiskWatch implements Inbox {
  readonly #inbox: Inbox;
  readonly #logger: Logger;

  constructor(inbox: Inbox, logger: Logger) {
    this.#inbox = inbox;
    this.#logger = logger;
  }

  push(event: Event): void {
    if (event.kind === 'disk' && event.state === 'full') {
      this.#logger.warn('the disk is full: make space; until then no new calls are accepted here');
    } else if (event.kind === 'disk') this.#logger.info('the disk has space again');
    this.#inbox.push(event);
  }

  durable(position: number): void {
    this.#inbox.durable(position);
  }
}

/** A replica as a process has it: sockets, files and timers around a host. */
export class ReplicaServer {
  readonly #options: ReplicaServerOptions;
  readonly #porch = new Porch();
  readonly #admission: Admission;
  readonly #clients: ClientConnections;
  readonly #server: TcpServer;
  readonly #warnings: SparingWarnings;
  readonly #orders = new Map<number, (refusal: string | undefined) => void>();
  #lastOrder = 0;
  #host: Host | undefined;
  #links: PeerLinks | undefined;
  #storage: Storage | undefined;
  #executor: Executor | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReplicaServerOptions) {
    this.#options = options;
    const { access, household, logger } = options;
    this.#warnings = new SparingWarnings(logger);
    this.#admission = new Admission(
      household,
      {
        position: () => this.#host?.durablePosition ?? 0,
        acknowledged: (id) => this.#host?.acknowledgedPosition(id) ?? 0,
        view: () => this.#view(),
        leader: () => this.#leader(),
      },
      options.claimed,
    );
    this.#clients = new ClientConnections(this.#porch, (request, answer) =>
      this.#control(request as ControlRequest, answer),
    );
    this.#server = new TcpServer({
      inbox: this.#porch,
      clients: this.#clients,
      logger,
      judge: (hello) => this.#judge(hello),
      guard: access && new Guard(household.instance, access.key),
    });
  }

  /** Opens the port. Nobody is greeted before `start`, but members of another instance are noticed. */
  listen(): Promise<void> {
    const { host, port } = splitAddress(this.#options.household.self.address);
    return this.#server.listen(host, port);
  }

  /** Reads the disk and begins to take part. */
  async start(): Promise<void> {
    const { access, household, contacts, random, notice } = this.#options;
    const storage = await this.#openStorage();
    this.#storage = storage;
    const { fatal, logger, program } = this.#options;
    const surroundings = { inbox: this.#porch, logger, fatal };
    const executor = await startExecutor(program, surroundings, storage.state);
    this.#executor = executor;
    const replica = new Replica({
      self: household.self,
      timing: DEFAULT_TIMING,
      random: random.fork(),
      genesis: household.genesis,
      contacts,
      ...(storage.recovered === undefined ? {} : { recovered: storage.recovered }),
    });
    this.#links = new PeerLinks({
      inbox: this.#porch,
      random: random.fork(),
      hello: (target) => this.#admission.hello(target),
      prove: (challenge, hello) => answerChallenge(access?.token, challenge, hello),
      accept: (member, welcome) => this.#accept(member, welcome),
      refused: (member, refusal) => {
        if (this.#admission.isOvertaken(refusal)) return 'overtaken';
        this.#options.refused(member, refusal);
        return 'refused';
      },
    });
    const peers = this.#links;
    const teller = new ViewTeller(this.#options.viewChanged);
    const host = new Host(replica, () => ({
      log: storage.log,
      snapshots: storage.snapshots,
      peers,
      clients: this.#clients,
      executor,
      clock: systemClock,
      random: random.fork(),
      notices: {
        notice: (what) => {
          teller.noticed(what, this.#host?.status());
          notice(what);
        },
        ordered: (token, refusal) => this.#ordered(token, refusal),
      },
    }));
    this.#host = host;
    this.#porch.enter(host);
    this.#timer = setInterval(() => host.tick(), TICK_MS);
    host.tick();
  }

  #judge(hello: Hello): ReturnType<Admission['judge']> {
    const starting = {
      refusal: { code: 'CONNECTION', message: 'the replica is starting' },
    } as const;
    // A founder may find that its instance lives on elsewhere: nobody may have met its new one by then.
    if (this.#host === undefined && hello.role === 'client') return starting;
    const verdict = this.#admission.judge(hello);
    // Before the disk was read we would say that it holds nothing, and be taken for an old copy.
    return this.#host === undefined && 'welcome' in verdict ? starting : verdict;
  }

  #openStorage(): Promise<Storage> {
    const { directory, fatal, logger } = this.#options;
    const inbox = new DiskWatch(this.#porch, logger);
    if (directory === undefined) return Promise.resolve(memoryStorage(inbox, fatal));
    return diskStorage(directory, inbox, fatal, () => {
      this.#links?.flush();
      this.#clients.flush();
    });
  }

  /** Whether the one who answered at a member's address is that member, as it should be. */
  #accept(member: Member, welcome: Welcome): boolean {
    const { household } = this.#options;
    if (welcome.instance !== household.instance || welcome.generation !== household.generation) {
      return false;
    }
    if (welcome.id !== member.id) {
      const { id, view } = welcome;
      this.#porch.push({ kind: 'peerMet', id, address: member.address, view });
      return false;
    }
    try {
      this.#admission.judgeLife(welcome.id, welcome.incarnation, welcome.position, member.address);
    } catch (error) {
      if (!(error instanceof ConCoordError)) throw error;
      this.#warnings.warn(member.address, error.message);
      return false;
    }
    this.#noteRemoval(welcome.view);
    return true;
  }

  /**
   * A member that was removed while it was away learns it from whoever greets it: nobody of the later view
   * keeps a connection to it any more. Its directory stays, so nothing is lost by going.
   */
  #noteRemoval(view: View): void {
    const { self } = this.#options.household;
    const own = this.#view();
    const wasMember = self.durable && memberOf(own, self.id) !== undefined;
    if (!wasMember || view.epoch <= own.epoch || memberOf(view, self.id) !== undefined) return;
    // After the link has finished with the welcome: whoever hears this closes all links.
    setImmediate(() => this.#options.notice({ kind: 'departed', view }));
  }

  #view(): View {
    return this.#host?.status().view ?? this.#options.household.genesis;
  }

  #leader(): Member | undefined {
    const status = this.#host?.status();
    return status?.leader === undefined ? undefined : memberOf(status.view, status.leader);
  }

  #control(request: ControlRequest, answer: (reply: unknown) => void): void {
    const fail = (code: string, message: string): void => answer({ error: { code, message } });
    if (this.#host === undefined) return fail('CONNECTION', 'the replica is starting');
    switch (request?.do) {
      case 'status':
        return answer({ status: this.status() });
      case 'code':
        return answer(this.#code(request.offset));
      case 'transfer': {
        const to = this.#view().members.find((member) => member.address === request.to)?.id;
        if (request.to !== undefined && to === undefined) {
          return fail('NOT_A_MEMBER', `${request.to} is not a member`);
        }
        return this.#order({ kind: 'transfer', to }, answer);
      }
      case 'remove': {
        const { address, force } = request;
        const member = this.#view().members.find((other) => other.address === address);
        if (member === undefined) return fail('NOT_A_MEMBER', `${address} is not a member`);
        return this.#order({ kind: 'remove', id: member.id, force }, answer);
      }
      default:
        return fail('PROTOCOL', 'unknown request');
    }
  }

  /** A part of what this replica runs, for one that joins. */
  #code(offset: unknown): ControlReply {
    const { program } = this.#options;
    if (program.kind === 'builtIn') return { code: '', total: 0 };
    const { code } = program;
    const from = Number.isSafeInteger(offset) ? Math.max(0, offset as number) : code.length;
    const part = code.subarray(from, from + CODE_PART_BYTES);
    return { code: Buffer.from(part).toString('base64'), total: code.length };
  }

  #order(order: Order, answer: (reply: unknown) => void): void {
    const token = ++this.#lastOrder;
    this.#orders.set(token, (refusal) => {
      if (refusal === undefined) answer({ done: true });
      else answer({ error: { code: 'UNSAFE_CHANGE', message: refusal } });
    });
    this.#porch.push({ kind: 'order', token, order });
  }

  #ordered(token: number, refusal: string | undefined): void {
    this.#orders.get(token)?.(refusal);
    this.#orders.delete(token);
  }

  status(): StatusReport {
    const host = this.#host;
    if (host === undefined) throw new ConCoordError('CONNECTION', 'the replica is starting');
    return report(this.#options.household, host.status(), this.#clients.count);
  }

  /** What is under way here, which is nobody else's business. */
  work(): Work {
    const host = this.#host;
    if (host === undefined) throw new ConCoordError('CONNECTION', 'the replica is starting');
    return host.status();
  }

  /** Hands leadership over, and leaves the view when this replica keeps no disk. Waits for that. */
  retire(): Promise<void> {
    return new Promise((resolve) => {
      const token = ++this.#lastOrder;
      this.#orders.set(token, () => resolve());
      this.#porch.push({ kind: 'order', token, order: { kind: 'retire' } });
    });
  }

  /** Stops, with everything that was written made durable. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#host?.stop();
    this.#links?.close();
    this.#executor?.close();
    await this.#server.close();
    await this.#storage?.close();
  }
}
