import type { Command, Option } from 'commander';
import { ConCoordError, limits } from '../base/index.ts';
import { ConfigFile, callAgent, launchOn, nextStep } from '../launcher/index.ts';
import type { Aim, Login, Order, Step } from '../launcher/index.ts';
import type { ControlReply, ControlRequest } from '../platform/index.ts';
import { parseAddress } from './address.ts';
import { ask } from './control.ts';
import { readFlags } from './flags.ts';
import type { ReplicaFlags } from './flags.ts';
import { findMembers, readWhereabouts } from './find-members.ts';
import { localLock, replicatedLock } from './maintain-lock.ts';
import type { MaintainerLock } from './maintain-lock.ts';
import { findInstance, Surveyor } from './maintain-sight.ts';
import type { Survey } from './maintain-sight.ts';
import { loginsOf, tell } from './openreplica-kit.ts';
import { prepareNameServer, SUDO } from './openreplica-name-server.ts';
import type { NameServerNeeds } from './openreplica-name-server.ts';
import { parseCount } from './openreplica-place.ts';
import { passedOn } from './openreplica-replica.ts';
import type { Finish } from './openreplica.ts';
import { EXIT, print, say, UsageError } from './output.ts';
import { fetchStatus } from './status-command.ts';
import { readToken } from './token-source.ts';
import type { FoundToken } from './token-source.ts';

interface Flags extends ReplicaFlags {
  readonly replicas: string;
  readonly every: string;
  readonly patience: string;
  readonly once?: true;
  readonly lock?: string;
  readonly sudo?: true;
}

/** Of `concoord replica`, what a replacement cannot be given. */
const NOT_HERE = new Set(['addr', 'port', 'boot', 'objectname', 'dataDir', 'tokenFile']);
/** What is ours, or has a place of its own in the order. */
const OURS = new Set([
  ...NOT_HERE,
  'replicas',
  'every',
  'patience',
  'once',
  'lock',
  'dns',
  'writetodisk',
  'sudo',
]);

const JOIN_PATIENCE_MS = 300_000;
/** Somebody is on the way, and will arrive at any moment. */
const SHORT_PAUSE_MS = 500;
/** With --once: what does not mend itself within this time is said, and left. */
const STUCK_PATIENCE_MS = 30_000;

/** `maintain`: keeps an instance at so many live members. */
export function addMaintain(program: Command, finish: Finish, options: readonly Option[]): void {
  const command = program
    .command('maintain')
    .description('replace members that die, on nodes that placement chooses')
    .option(
      '-b, --boot <addresses>',
      'members of the instance, or its domain; else the only one on the nodes',
    )
    .option('-k, --replicas <number>', 'so many live members', '5')
    .option('--every <seconds>', 'look so often', '5')
    .option('--patience <seconds>', 'who is not heard for so long is dead', '15')
    .option('--once', 'end when there are as many as wanted')
    .option('--lock <addresses>', 'a replicated lock, for maintainers on several machines')
    .option('--token-file <file>', 'file with the token of the instance')
    .option(...SUDO);
  for (const option of options) {
    if (!NOT_HERE.has(option.attributeName())) command.addOption(option);
  }
  command.action(async (flags: Flags, self: Command) => finish(await maintain(flags, self)));
}

async function maintain(flags: Flags, command: Command): Promise<number> {
  const aim: Aim = {
    count: parseCount(flags.replicas),
    patienceMs: seconds('--patience', flags.patience),
    joinPatienceMs: JOIN_PATIENCE_MS,
  };
  if (aim.count > limits.MAX_MEMBERS)
    throw new UsageError(`-k: an instance has at most ${limits.MAX_MEMBERS}`);
  const everyMs = seconds('--every', flags.every);
  // Here -b and --dns name the instance, and are read as such below.
  const { boot: _boot, dns: _dns, ...ofReplica } = flags;
  const { nameService } = readFlags(ofReplica);
  if (flags.lock !== undefined) readWhereabouts(flags.lock, flags.dns);
  const token = readToken(
    flags.tokenFile === undefined ? {} : { tokenFile: flags.tokenFile },
    process.env,
  );
  if (token.warning !== undefined) say(`openreplica: ${token.warning}`);
  const contacts =
    flags.boot === undefined
      ? await findInstance(loginsOf([]), token.token)
      : await findMembers(readWhereabouts(flags.boot, flags.dns));
  const report = await fetchStatus(contacts, token.token);
  const isDurable = flags.writetodisk === true || report.members.every(({ durable }) => durable);
  const order = {
    args: [...(isDurable ? ['--writetodisk'] : []), ...passedOn(command, OURS)],
    durable: isDurable,
    ...(token.text !== undefined && { token: token.text }),
  };
  const lock =
    flags.lock === undefined ? localLock(report.instance) : replicatedLock(flags.lock, token.text);
  const needs = nameService && { ...nameService, isSudo: flags.sudo === true };
  await using maintainer = new Maintainer({ aim, contacts, everyMs, lock, needs, order, token });
  return await maintainer.run(flags.once === true);
}

function seconds(flag: string, text: string): number {
  const value = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return 1000 * value;
  throw new UsageError(`${flag} ${JSON.stringify(text)}: write a number of seconds`);
}

interface Parts {
  readonly aim: Aim;
  readonly contacts: readonly ReturnType<typeof parseAddress>[];
  readonly everyMs: number;
  readonly lock: MaintainerLock;
  /** When replacements are name servers. */
  readonly needs: NameServerNeeds | undefined;
  readonly order: Pick<Order, 'args' | 'durable' | 'token'>;
  readonly token: FoundToken;
}

/** Looks, does the next step, and looks again. */
class Maintainer implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #surveyor: Surveyor;
  readonly #stop = new AbortController();
  readonly #onSignal = (): void => this.#stop.abort();
  #said = '';

  constructor(parts: Parts) {
    this.#parts = parts;
    const { aim, contacts, order, token } = parts;
    const readConfig = (): ReturnType<ConfigFile['read']> => new ConfigFile().read();
    const about = { order, token: token.token, ...aim };
    this.#surveyor = new Surveyor({ readConfig, contacts, ...about, tell: (text) => print(text) });
    // A step that has begun is finished; at the second signal this process ends as any other.
    process.once('SIGINT', this.#onSignal).once('SIGTERM', this.#onSignal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('SIGINT', this.#onSignal).off('SIGTERM', this.#onSignal);
    await this.#parts.lock[Symbol.asyncDispose]();
  }

  async run(once: boolean): Promise<number> {
    let stuckSince: number | undefined;
    while (!this.#stop.signal.aborted) {
      const { step, survey } = await this.#decide();
      if (once && step.do === 'rest') {
        this.#say(step.why);
        return EXIT.done;
      }
      stuckSince = step.do === 'stuck' ? (stuckSince ?? performance.now()) : undefined;
      if (once && stuckSince !== undefined && performance.now() - stuckSince > STUCK_PATIENCE_MS) {
        throw new ConCoordError('NO_QUORUM', step.why, {
          remedy: 'Look at openreplica status and concoord status, and run it again.',
        });
      }
      const isIdle = step.do === 'rest' || step.do === 'wait' || step.do === 'stuck';
      if (!isIdle && !this.#parts.lock.isOurs()) {
        this.#say(`${step.why}; another maintainer is at work`);
        await this.#pause(SHORT_PAUSE_MS);
        continue;
      }
      this.#say(isIdle ? step.why : `${step.why}: ${inWords(step)}`);
      if (survey !== undefined) await this.#take(step, survey);
      if (isIdle) await this.#pause(step.do === 'rest' ? this.#parts.everyMs : SHORT_PAUSE_MS);
    }
    return EXIT.done;
  }

  async #decide(): Promise<{ readonly step: Step; readonly survey?: Survey }> {
    try {
      const survey = await this.#surveyor.look();
      return { step: nextStep(survey.sight, this.#parts.aim), survey };
    } catch (error) {
      // All of them may be away for a moment.
      if (!(error instanceof ConCoordError) || error.code !== 'CONNECTION') throw error;
      return { step: { do: 'stuck', why: error.message } };
    }
  }

  /** The same is not said again and again. */
  #say(text: string): void {
    if (text !== this.#said) print(text);
    this.#said = text;
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
    });
  }

  async #take(step: Step, survey: Survey): Promise<void> {
    switch (step.do) {
      case 'start':
        return this.#onNode(step.host, (login) => this.#start(login, survey));
      case 'revive':
        return this.#onNode(step.host, async (login) => {
          const request = { do: 'restart', replica: step.address } as const;
          const { replica } = await callAgent(login, request, {}, { say: tell(step.host) });
          tell(step.host)(replica.said);
        });
      case 'abandon':
        await this.#stopReplica(step.host, step.address);
        this.#surveyor.avoid(step.host);
        return;
      case 'remove':
        return this.#remove(step, survey);
      default:
    }
  }

  /** What fails there is said, and another node is taken the next time. */
  async #onNode(host: string, work: (login: Login) => Promise<void>): Promise<void> {
    try {
      const [login] = loginsOf([host]);
      if (login !== undefined) await work(login);
    } catch (error) {
      if (!(error instanceof ConCoordError)) throw error;
      this.#surveyor.avoid(host);
      print(`${error.message} (${error.code})`);
    }
  }

  async #start(login: Login, { nodes, sight }: Survey): Promise<void> {
    const boot = sight.members.flatMap(({ address, isAlive }) => (isAlive ? [address] : []));
    const there = nodes.get(login.host)?.replicas ?? [];
    // A replica that was a member before and is none any more keeps its folder, and is not continued.
    const ports = there.map(({ address }) => parseAddress(address).port);
    const port = ports.length === 0 ? {} : { port: Math.max(...ports) + 1 };
    const order = { ...this.#parts.order, ...port, boot: boot.join(',') };
    const { needs } = this.#parts;
    if (needs !== undefined) await prepareNameServer(login, order, needs, tell(login.host));
    await launchOn(login, order, { found: false, tell: (host, text) => tell(host)(text) });
  }

  async #remove(step: Extract<Step, { do: 'remove' }>, { report }: Survey): Promise<void> {
    const { address, host } = step;
    const request: ControlRequest = { do: 'remove', address, force: false };
    const { token } = this.#parts.token;
    const manner = { patienceMs: 15_000, token, instance: report.instance };
    try {
      const { reply } = await ask(parseAddress(report.address), request, manner);
      const answer = reply as ControlReply;
      if ('error' in answer) {
        print(`${address} is not removed: ${answer.error.message}`);
        await this.#pause(SHORT_PAUSE_MS);
        return;
      }
    } catch (error) {
      // Whoever led has gone; the next look shows who does now.
      if (!(error instanceof ConCoordError) || error.code !== 'CONNECTION') throw error;
      print(`${address} is not removed: ${error.message}`);
      return;
    }
    // Its supervisor, where there is one, would bring one in memory back as a new member.
    if (host !== undefined) await this.#stopReplica(host, address);
  }

  async #stopReplica(host: string, address: string): Promise<void> {
    try {
      const [login] = loginsOf([host]);
      if (login !== undefined)
        await callAgent(login, { do: 'stop', replica: address, forget: false });
    } catch (error) {
      if (!(error instanceof ConCoordError)) throw error;
      print(`${address} cannot be stopped on ${host}: ${error.message}`);
    }
  }
}

function inWords(step: Step): string {
  switch (step.do) {
    case 'start':
      return `starts one on ${step.host}`;
    case 'revive':
      return `starts ${step.address} on ${step.host} again`;
    case 'abandon':
      return `stops it on ${step.host}`;
    case 'remove':
      return `removes ${step.address}`;
    default:
      return '';
  }
}
