import type { Token } from '../auth/index.ts';
import { ConCoordError } from '../base/index.ts';
import { callAgent, loginTo, orderId, together } from '../launcher/index.ts';
import type {
  LaunchConfig,
  Login,
  NodeReport,
  ReplicaReport,
  InstanceSight,
} from '../launcher/index.ts';
import type { Order, SeenJoiner, SeenMember, SeenNode } from '../launcher/index.ts';
import type { StatusReport } from '../platform/index.ts';
import { parseAddress } from './address.ts';
import type { HostPort } from './address.ts';
import { fetchStatus, serves } from './status-command.ts';

export interface Survey {
  readonly sight: InstanceSight;
  readonly report: StatusReport;
  /** What each node that answers has; none were asked while all was well. */
  readonly nodes: ReadonlyMap<string, NodeReport>;
}

/** What on a node is on its way, or a member. */
const RUNNING: ReadonlySet<ReplicaReport['state']> = new Set(['starting', 'ready', 'waiting']);
/** For so long a node is left alone on which something has failed. */
const AVOID_MS = 300_000;

export interface SurveyorParts {
  readonly readConfig: () => LaunchConfig;
  readonly contacts: readonly HostPort[];
  readonly token: Token | undefined;
  /** What replacements are started with. */
  readonly order: Pick<Order, 'args' | 'durable' | 'token'>;
  readonly count: number;
  readonly patienceMs: number;
  readonly tell: (text: string) => void;
}

/** Sees how an instance is, and since when who is silent or on the way. */
export class Surveyor {
  readonly #parts: SurveyorParts;
  readonly #order: string;
  #contacts: readonly HostPort[];
  #instance: string | undefined;
  /** By address, when it was first seen so. */
  #silentSince = new Map<string, number>();
  #joiningSince = new Map<string, number>();
  readonly #avoided = new Map<string, number>();
  #told = new Map<string, string>();

  constructor(parts: SurveyorParts) {
    this.#parts = parts;
    this.#contacts = parts.contacts;
    this.#order = orderId(parts.order);
  }

  /** What was tried there has failed. */
  avoid(host: string): void {
    this.#avoided.set(host, performance.now() + AVOID_MS);
  }

  /** @throws ConCoordError when nobody answers, or it is another instance than before. */
  async look(): Promise<Survey> {
    const report = await fetchStatus(this.#contacts, this.#parts.token);
    this.#instance ??= report.instance;
    if (report.instance !== this.#instance) {
      throw new ConCoordError(
        'INSTANCE_MISMATCH',
        `${report.address} is of instance ${report.instance}, and ${this.#instance} was meant`,
      );
    }
    const now = performance.now();
    const voting = report.members.filter(({ role }) => role !== 'learner');
    this.#contacts = voting.map(({ addr }) => parseAddress(addr));
    const silent = voting.filter(({ alive }) => !alive).map(({ addr }) => addr);
    this.#silentSince = kept(this.#silentSince, silent, now);
    const members = voting.map(({ addr, alive }): SeenMember => ({
      address: addr,
      isAlive: alive,
      isLeader: addr === report.leader,
      silentMs: now - (this.#silentSince.get(addr) ?? now),
    }));
    const tolerates = serves(report) ? report.tolerates : -1;
    const found = tolerates >= 0 && this.#isWrong(report, members) ? await this.#askNodes() : [];
    const nodes = found.map(({ seen }) => seen);
    const joiners = this.#joiners(report, found, now);
    const sight = { tolerates, members, joiners, nodes };
    const reports = found.flatMap(({ seen, report: said }) =>
      said === undefined ? [] : [[seen.host, said] as const],
    );
    return { sight, report, nodes: new Map(reports) };
  }

  /** Nodes need not be logged in to while there is nothing that could be done there. */
  #isWrong(report: StatusReport, members: readonly SeenMember[]): boolean {
    const { count, patienceMs } = this.#parts;
    if (members.some(({ silentMs }) => silentMs >= patienceMs)) return true;
    const isSilent = members.some(({ isAlive }) => !isAlive);
    return isSilent ? members.length < count : report.members.length !== count;
  }

  async #askNodes(): Promise<readonly FoundNode[]> {
    const config = this.#parts.readConfig();
    const logins = config.nodes.map((node) => loginTo(node, config));
    const outcomes = await together(logins, (login) => callAgent(login, { do: 'list' }));
    const told = new Map<string, string>();
    const now = performance.now();
    const found = outcomes.map(({ error, host, value }): FoundNode => {
      if (error !== undefined) told.set(host, error.message);
      const replicas = (value?.replicas ?? []).filter((one) => this.#isOurs(one));
      const others = (value?.replicas ?? []).filter((one) => !replicas.includes(one));
      const seen = {
        host,
        groups: config.nodes.find((node) => node.host === host)?.groups ?? [],
        answers: value !== undefined,
        replicas: replicas.map(({ address }) => address),
        isBusy: others.some(({ state }) => RUNNING.has(state)),
        isAvoided: (this.#avoided.get(host) ?? 0) > now,
      };
      return { seen, report: value, replicas };
    });
    for (const [host, text] of told) if (this.#told.get(host) !== text) this.#parts.tell(text);
    this.#told = told;
    return found;
  }

  /** Of this instance: a member of it, one that knows members of it, or one that was ordered for it. */
  #isOurs({ address, members, order }: ReplicaReport): boolean {
    const known = this.#contacts.map(({ host, port }) => `${host} ${port}`);
    const isKnown = (one: string): boolean => {
      const { host, port } = parseAddress(one);
      return known.includes(`${host} ${port}`);
    };
    return order === this.#order || isKnown(address) || members.some(isKnown);
  }

  #joiners(report: StatusReport, nodes: readonly FoundNode[], now: number): readonly SeenJoiner[] {
    const hosts = new Map<string, string | undefined>();
    const voting = new Set<string>();
    for (const { addr, role } of report.members) {
      if (role === 'learner') hosts.set(addr, undefined);
      else voting.add(addr);
    }
    for (const { seen, replicas } of nodes) {
      for (const { address, state } of replicas) {
        if (hosts.has(address) || (RUNNING.has(state) && !voting.has(address)))
          hosts.set(address, seen.host);
      }
    }
    this.#joiningSince = kept(this.#joiningSince, [...hosts.keys()], now);
    return [...hosts].map(([address, host]) => {
      return { address, host, ageMs: now - (this.#joiningSince.get(address) ?? now) };
    });
  }
}

interface FoundNode {
  readonly seen: SeenNode;
  readonly report: NodeReport | undefined;
  /** Those of this instance. */
  readonly replicas: readonly ReplicaReport[];
}

/** Since when each of `names` is known; the others are forgotten. */
function kept(
  before: ReadonlyMap<string, number>,
  names: readonly string[],
  now: number,
): Map<string, number> {
  return new Map(names.map((name) => [name, before.get(name) ?? now]));
}

/** The only instance that replicas on the nodes serve: addresses of its members. */
export async function findInstance(
  logins: readonly Login[],
  token: Token | undefined,
): Promise<readonly HostPort[]> {
  const outcomes = await together(logins, (login) => callAgent(login, { do: 'list' }));
  const running = outcomes.flatMap(({ value }) =>
    (value?.replicas ?? []).filter(({ state }) => RUNNING.has(state)),
  );
  const instances = new Map<string, StatusReport>();
  for (const { address } of running) {
    const known = [...instances.values()].some(({ members }) =>
      members.some(({ addr }) => addr === address),
    );
    if (known) continue;
    try {
      const report = await fetchStatus([parseAddress(address)], token);
      instances.set(report.instance, report);
    } catch (error) {
      // That of another instance with another token, or one that only starts.
      if (!(error instanceof ConCoordError)) throw error;
    }
  }
  const [one, another] = instances.values();
  if (one !== undefined && another === undefined) {
    return one.members.map(({ addr }) => parseAddress(addr));
  }
  const fact = one === undefined ? 'no instance runs on the nodes' : 'several instances run there';
  const named = [...instances.values()].map(({ address }) => address);
  throw new ConCoordError(
    'REMOTE_NODE',
    named.length === 0 ? fact : `${fact}: ${named.join(', ')}`,
    {
      remedy: 'Name members of the one that is meant with -b; a token is given as everywhere.',
    },
  );
}
