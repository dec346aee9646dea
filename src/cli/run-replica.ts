import { randomBytes } from 'node:crypto';
import { ConCoordError, Random } from '../base/index.ts';
import type { Notice } from '../paxos/index.ts';
import { showReplica } from '../paxos/index.ts';
import { limitYoungGeneration, ReplicaServer } from '../platform/index.ts';
import type { Logger } from '../platform/index.ts';
import type { PeerHello } from '../wire/index.ts';
import { complain, EXIT, print } from './output.ts';
import type { Birth } from './birth.ts';

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

/** Runs a replica until it is told to stop, or must. Returns the exit code. */
export function runReplica(birth: Birth, logger: Logger): Promise<number> {
  return new Promise((resolve) => {
    const run = new Run(birth, logger, resolve);
    run.start().catch((error: unknown) => run.end(complain('concoord', error)));
  });
}

class Run {
  readonly #birth: Birth;
  readonly #logger: Logger;
  readonly #resolve: (code: number) => void;
  readonly #server: ReplicaServer;
  #state: 'founding' | 'running' | 'retiring' | 'ended' = 'founding';
  #impatience: NodeJS.Timeout | undefined;
  readonly #onSignal = (): void => void this.#retire();

  constructor(birth: Birth, logger: Logger, resolve: (code: number) => void) {
    this.#birth = birth;
    this.#logger = logger;
    this.#resolve = resolve;
    this.#server = new ReplicaServer({
      household: birth.household,
      object: birth.object,
      contacts: birth.contacts,
      directory: birth.directory,
      random: new Random(randomBytes(6).readUIntBE(0, 6)),
      logger,
      notice: (notice) => this.#onNotice(notice),
      claimed: (hello) => this.#onClaimed(hello),
      refused: (member, refusal) => {
        if (refusal.code === 'STALE_DIRECTORY' || refusal.code === 'ENGINE_MISMATCH') {
          this.#fail(new ConCoordError(refusal.code, `${member.address} says: ${refusal.message}`));
        } else logger.debug(`${member.address} refuses: ${refusal.message} (${refusal.code})`);
      },
      fatal: (error) => this.#fail(error),
    });
  }

  async start(): Promise<void> {
    const { how, household, directory } = this.#birth;
    await this.#server.listen();
    process.on('SIGINT', this.#onSignal).on('SIGTERM', this.#onSignal);
    if (how === 'founds') {
      await new Promise((resolve) => setTimeout(resolve, FOUNDING_WAIT_MS));
      if (this.#state !== 'founding') return;
    }
    if (directory !== undefined && directory.identity === undefined) {
      const { instance, generation, genesis, self, objectName, codeHash } = household;
      const { id, address } = self;
      const incarnation = 1;
      directory.create({
        instance,
        generation,
        genesis,
        id,
        address,
        objectName,
        codeHash,
        incarnation,
      });
    }
    this.#state = 'running';
    limitYoungGeneration();
    await this.#server.start();
    const name = showReplica(household.self.id);
    this.#logger.info(`replica ${name} ${how} instance ${household.instance}`);
    this.#impatience = setTimeout(() => this.#onLate(), READY_PATIENCE_MS);
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
        print(
          `REPLICA-${address} ready, ${tolerance(notice.tolerated, notice.view.members.length)}`,
        );
        return;
      case 'departed':
        if (this.#state === 'running') {
          this.#fail(new ConCoordError('NOT_A_MEMBER', `${address} was removed from the view`));
        }
        return;
      case 'quorumLost': {
        const missing = notice.missing.map((id) => showReplica(id)).join(', ');
        this.#logger.warn(`no majority: not heard are ${missing}; calls wait until one is back`);
        return;
      }
      case 'viewChanged': {
        const members = notice.view.members.map((member) => member.address).join(', ');
        this.#logger.info(`view ${notice.view.epoch}: ${members}`);
        return;
      }
      case 'fetching': {
        const { offset, snapshot, source } = notice;
        const at = `slot ${snapshot.slot}, ${offset} of ${snapshot.bytes} bytes are here`;
        this.#logger.info(`fetches a snapshot from ${showReplica(source)} (${at})`);
        return;
      }
      case 'doubted':
        this.#logger.warn(
          `members computed different states at slot ${notice.slot}, and no majority is there to tell ` +
            'who is right: calls wait until another member is back',
        );
        return;
      case 'ignored': {
        const { from, message } = notice;
        this.#logger.warn(`ignored '${message}' of ${showReplica(from)}: no view names it`);
        return;
      }
      default:
        this.#logger.info(JSON.stringify(notice));
    }
  }

  /** Members of an instance that lost a member at this address look for it here. */
  #onClaimed(hello: PeerHello): void {
    const { how, household } = this.#birth;
    const address = household.self.address;
    const fresh = this.#state === 'founding' || this.#isUnused();
    if (how !== 'founds' || !fresh) {
      this.#logger.warn(
        `${hello.address} of instance ${hello.instance} takes us for one of its members`,
      );
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
    this.end(complain('concoord', error));
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
    process.off('SIGINT', this.#onSignal).off('SIGTERM', this.#onSignal);
    this.#server.close().then(
      () => this.#resolve(code),
      () => this.#resolve(code),
    );
  }
}

function tolerance(tolerated: number, members: number): string {
  const size = members === 1 ? '1 member' : `${members} members`;
  if (tolerated <= 0) return `tolerates no failure (${size}): add one`;
  return `tolerates ${tolerated} ${tolerated === 1 ? 'failure' : 'failures'} (${size})`;
}
