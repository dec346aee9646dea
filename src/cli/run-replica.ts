import { randomBytes } from 'node:crypto';
import { resolve as resolvePath } from 'node:path';
import { ConCoordError, Random } from '../base/index.ts';
import { StandingChannel } from '../launcher/index.ts';
import type { Member, Notice, ReplicaId, View } from '../paxos/index.ts';
import { showReplica } from '../paxos/index.ts';
import {
  compileEarly,
  limitYoungGeneration,
  ReplicaServer,
  SparingWarnings,
} from '../platform/index.ts';
import type { Logger } from '../platform/index.ts';
import type { PeerHello, Refusal } from '../wire/index.ts';
import { complain, EXIT, print } from './output.ts';
import type { Birth } from './birth.ts';
import type { NameService } from './flags.ts';
import { describeNotice } from './notice-text.ts';
import { NameServerPublisher } from './publisher.ts';
import type { Publisher } from './publisher.ts';
import { Route53Publisher } from './route53-publisher.ts';
import { readyText } from './tolerance.ts';

/** Members dial lost addresses at least this often, so within it a restarted founder meets them. */
const FOUNDING_WAIT_MS = 600;
const RETIRE_PATIENCE_MS = 10_000;
/** A replica that is not ready by then says what it waits for. */
const READY_PATIENCE_MS = 10_000;
/** A joiner that finds no majority for so long ends: it has nothing that others could need. */
const JOIN_PATIENCE_MS = 60_000;

const NO_MAJORITY_REMEDY =
  'Start those that are down; when a majority is lost for good, ' +
  "'concoord recover' goes on from one directory.";

/** Who hears and asks a replica where it runs. */
export interface Surroundings {
  readonly logger: Logger;
  /** Why it must end, for people. */
  readonly lastWords: (line: string) => void;
  /** Opens a shell, when somebody is there to use it. */
  readonly shell?: OpenShell | undefined;
}

/** @param interrupted Called when the user wants the replica to end. */
type OpenShell = (
  birth: Birth,
  server: ReplicaServer,
  interrupted: () => void,
) => Shell | undefined;

interface Shell {
  close(): void;
}

/** Runs a replica until it is told to stop, or must. Returns the exit code. */
export function runReplica(
  birth: Birth,
  nameService: NameService | undefined,
  { lastWords, logger, shell }: Surroundings,
): Promise<number> {
  compileEarly();
  return new Promise((resolve) => {
    const publisher = publisherOf(nameService, birth, logger);
    const run = new Run({ birth, publisher, logger, lastWords, resolve, shell });
    run.start().catch((error: unknown) => run.end(complain('concoord', error, lastWords)));
  });
}

function publisherOf(
  service: NameService | undefined,
  birth: Birth,
  logger: Logger,
): Publisher | undefined {
  if (service === undefined) return undefined;
  const { route53 } = service;
  return route53 === undefined
    ? new NameServerPublisher(service, birth, logger)
    : new Route53Publisher({ ...service, ...route53 }, birth, logger);
}

interface RunParts extends Surroundings {
  readonly birth: Birth;
  readonly publisher: Publisher | undefined;
  readonly resolve: (code: number) => void;
}

class Run {
  readonly #birth: Birth;
  readonly #publisher: Publisher | undefined;
  readonly #logger: Logger;
  readonly #warnings: SparingWarnings;
  readonly #lastWords: (line: string) => void;
  readonly #resolve: (code: number) => void;
  readonly #server: ReplicaServer;
  readonly #supervisor = new StandingChannel();
  #state: 'founding' | 'running' | 'retiring' | 'ended' = 'founding';
  #impatience: NodeJS.Timeout | undefined;
  readonly #openShell: OpenShell | undefined;
  #shell: Shell | undefined;
  readonly #onSignal = (): void => void this.#retire();

  constructor({ birth, lastWords, logger, publisher, resolve, shell }: RunParts) {
    this.#openShell = shell;
    this.#birth = birth;
    this.#publisher = publisher;
    this.#logger = logger;
    this.#lastWords = lastWords;
    this.#warnings = new SparingWarnings(logger);
    this.#resolve = resolve;
    this.#server = new ReplicaServer({
      household: birth.household,
      access: birth.access,
      program: birth.program,
      contacts: birth.contacts,
      directory: birth.directory,
      random: new Random(randomBytes(6).readUIntBE(0, 6)),
      logger,
      notice: (notice) => this.#onNotice(notice),
      viewChanged: (roll, leads) => {
        this.#supervisor.tell({ members: roll.members.map(({ address }) => address), leads });
        publisher?.publish(roll, leads);
      },
      claimed: (hello) => this.#onClaimed(hello),
      refused: (member, refusal) => this.#onRefused(member, refusal),
      fatal: (error) => this.#fail(error),
    });
  }

  async start(): Promise<void> {
    const { how, household, access, directory } = this.#birth;
    await this.#server.listen();
    await this.#publisher?.listen();
    process.on('SIGINT', this.#onSignal).on('SIGTERM', this.#onSignal);
    if (how === 'founds') {
      await new Promise((resolve) => setTimeout(resolve, FOUNDING_WAIT_MS));
      if (this.#state !== 'founding') return;
    }
    if (directory !== undefined && directory.identity === undefined) {
      const { instance, generation, genesis, self, objectName, codeHash } = household;
      const { id, address } = self;
      const incarnation = 1;
      const token = access === undefined ? {} : { tokenHash: access.key.hash };
      const place = { instance, generation, genesis, id, address, incarnation };
      const { program } = this.#birth;
      const code = program.kind === 'bundle' ? program.code : undefined;
      directory.create({ ...place, objectName, codeHash, ...token }, code);
    }
    this.#state = 'running';
    limitYoungGeneration();
    await this.#server.start();
    const name = showReplica(household.self.id);
    const place = directory === undefined ? 'in memory' : `in ${resolvePath(directory.path)}`;
    const line = `replica ${name} ${how} instance ${household.instance}, ${place}`;
    // Meant to go on, from another folder or without -b, it would be a second, empty instance.
    if (how === 'founds') this.#logger.warn(`${line}: a NEW instance, which knows of no other`);
    else this.#logger.info(line);
    this.#impatience = setTimeout(() => this.#onLate(), READY_PATIENCE_MS);
    if (this.#state === 'running') {
      this.#shell = this.#openShell?.(this.#birth, this.#server, this.#onSignal);
    }
  }

  /** A majority may come back at any time; but who looks here must learn what is missing. */
  #onLate(): void {
    const missing = this.#missingMajority();
    if (missing !== undefined) {
      const seconds = READY_PATIENCE_MS / 1000;
      this.#logger.warn(`not ready after ${seconds} s: ${missing}. ${NO_MAJORITY_REMEDY}`);
    }
    if (this.#birth.how !== 'joins') return;
    this.#impatience = setTimeout(() => this.#giveUp(), JOIN_PATIENCE_MS - READY_PATIENCE_MS);
  }

  #giveUp(): void {
    const missing = this.#missingMajority();
    if (missing === undefined) return;
    const remedy = NO_MAJORITY_REMEDY;
    this.#fail(new ConCoordError('NO_QUORUM', `cannot join: ${missing}`, { remedy }));
  }

  /** Undefined when a leader is known: then it is only a matter of time. */
  #missingMajority(): string | undefined {
    const { leader, members } = this.#server.status();
    if (leader !== null) return undefined;
    const known = this.#birth.contacts.map(({ address }) => address);
    const names = known.length > 0 ? known : members.map(({ addr }) => addr);
    return `it takes a majority of ${names.join(', ')}, and none answers`;
  }

  #onNotice(notice: Notice): void {
    const { address } = this.#birth.household.self;
    switch (notice.kind) {
      case 'ready':
        clearTimeout(this.#impatience);
        this.#announce(`${address} ready, ${this.#tolerance(notice)}`);
        return;
      case 'departed':
        if (this.#state === 'running') {
          this.#fail(this.#removed(notice.view));
        }
        return;
      default: {
        const { level, text } = describeNotice(notice, (id) => this.#nameOf(id));
        this.#logger[level](text);
      }
    }
  }

  /** Who reads the line may ask the name server at once. */
  #announce(line: string): void {
    if (this.#publisher === undefined) return print(`REPLICA-${line}`);
    this.#publisher.published
      .then(() => print(`NAMESERVER-${line}`))
      .catch((error: unknown) => this.#fail(error as Error));
  }

  #onRefused({ address }: Member, { code, message, generation = 0 }: Refusal): void {
    const { instance, generation: ours } = this.#birth.household;
    if (code === 'STALE_DIRECTORY' || code === 'ENGINE_MISMATCH') {
      this.#fail(new ConCoordError(code, `${address} says: ${message}`));
    } else if (code === 'INSTANCE_MISMATCH' && generation > ours) {
      // Whoever served on would be a second history of the instance, which clients cannot tell apart.
      const fact = `this replica is of generation ${ours} of instance ${instance}`;
      this.#fail(
        new ConCoordError(
          code,
          `${fact}, which was recovered: ${address} is of generation ${generation}`,
          {
            remedy: this.#rejoin(address),
          },
        ),
      );
    } else this.#logger.debug(`${address} refuses: ${message} (${code})`);
  }

  #removed({ members }: View): ConCoordError {
    const { address } = this.#birth.household.self;
    const other = members.find((member) => member.address !== address)?.address;
    return new ConCoordError('NOT_A_MEMBER', `${address} was removed from the view`, {
      remedy: this.#rejoin(other ?? 'the address of a member'),
    });
  }

  /** A directory that has an identity is continued, whatever -b says: so it must go first. */
  #rejoin(member: string): string {
    const { directory } = this.#birth;
    const start = `start with -b ${member} to join as a new member.`;
    return directory === undefined
      ? `S${start.slice(1)}`
      : `Move ${directory.path} away and ${start}`;
  }

  /** Where a replica is, as far as the view says. */
  #nameOf(id: ReplicaId): string {
    const name = showReplica(id);
    const member = this.#server.status().members.find((known) => known.id === name);
    // Who joins does not know the view yet, but those whom it asked.
    const contact = this.#birth.contacts.find((known) => known.id === id);
    return member?.addr ?? contact?.address ?? name;
  }

  #tolerance({ tolerated, view }: Extract<Notice, { kind: 'ready' }>): string {
    const { role, members } = this.#server.status();
    return readyText(tolerated, view.members.length, role === 'leader' ? members : []);
  }

  /** Members of an instance that lost a member at this address look for it here. */
  #onClaimed(hello: PeerHello): void {
    const { how, household } = this.#birth;
    const address = household.self.address;
    const fresh = this.#state === 'founding' || this.#isUnused();
    if (how !== 'founds' || !fresh) {
      const line = `${hello.address} of instance ${hello.instance} takes us for one of its members`;
      this.#warnings.warn(hello.address, line);
      return;
    }
    this.#fail(
      new ConCoordError(
        'INSTANCE_EXISTS',
        `${address} was a member of instance ${hello.instance}, which lives on at ${hello.address}`,
        { remedy: `Join it: start with -b ${hello.address}.` },
      ),
    );
  }

  /** Nobody has been told anything by this instance yet. */
  #isUnused(): boolean {
    if (this.#state !== 'running') return false;
    const { applied, sessions, members } = this.#server.status();
    return sessions === 0 && members.length === 1 && applied <= 1;
  }

  #fail(error: Error): void {
    if (this.#state === 'ended') return;
    this.end(complain('concoord', error, this.#lastWords));
  }

  async #retire(): Promise<void> {
    if (this.#state === 'retiring' || this.#state === 'ended') return;
    const serving = this.#state === 'running';
    this.#state = 'retiring';
    if (serving) {
      this.#logger.info('asked to stop: handing over');
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), RETIRE_PATIENCE_MS);
      });
      const outcome = await Promise.race([this.#server.retire(), late]);
      clearTimeout(timer);
      if (outcome === 'late') {
        this.#logger.warn(
          'no majority let this replica go: it counts as a failed member from now on',
        );
      }
    }
    this.end(EXIT.done);
  }

  end(code: number): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    clearTimeout(this.#impatience);
    this.#shell?.close();
    process.off('SIGINT', this.#onSignal).off('SIGTERM', this.#onSignal);
    const closed = Promise.allSettled([this.#server.close(), this.#publisher?.close()]);
    void closed.then(() => this.#resolve(code));
  }
}
