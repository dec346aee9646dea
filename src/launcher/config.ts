import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConCoordError } from '../base/index.ts';
import { SettingsFile } from '../platform/index.ts';
import type { Settings } from '../platform/index.ts';

/** A machine that replicas can be put on, as the user named it. */
export interface LaunchNode {
  /** Host name, address, or an alias of ssh_config; see `checkHost`. */
  readonly host: string;
  /** Undefined: that of all nodes, or what ssh takes by itself. */
  readonly user?: string;
  /** File name of a key, as for `keyPath`. */
  readonly sshKeyFile?: string;
  readonly port?: number;
  /** What may fail together with other nodes: racks, switches, power supplies. Sorted, no two alike. */
  readonly groups: readonly string[];
}

export interface LaunchConfig {
  readonly username: string | undefined;
  readonly sshKeyFile: string | undefined;
  readonly nodes: readonly LaunchNode[];
}

const FILE = 'openreplica.cfg';
const ENVIRONMENT = 'ENVIRONMENT';
const NODE = 'NODE ';
const NODES = 'nodes';
const KEY = 'ssh_key_file';
const USERNAME = 'username';
const LIMITS = { host: 253, user: 64, path: 1024, group: 64, groups: 64, nodes: 100_000 } as const;
const HOST = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*\$?$/;
const GROUP = /^[A-Za-z0-9_](?:[A-Za-z0-9._:/@-]*)$/;

/** The nodes that the user has registered, in `openreplica.cfg` of the configuration folder. */
export class ConfigFile {
  readonly #file: SettingsFile;

  constructor(environment: NodeJS.ProcessEnv = process.env) {
    this.#file = new SettingsFile(FILE, environment);
  }

  get path(): string {
    return this.#file.path;
  }

  /** @throws ConCoordError `SETTINGS` for what no command would have written. */
  read(): LaunchConfig {
    return this.#parse(this.#file.read());
  }

  /** @returns False when it is there already. */
  setUsername(username: string): boolean {
    return this.#set(USERNAME, checkUser(username));
  }

  /** @returns False when it is there already. */
  setKeyFile(name: string): boolean {
    return this.#set(KEY, checkKeyFile(name));
  }

  /** @returns False when it is there already, and nothing of it is new. */
  addNode(node: LaunchNode): boolean {
    checkNode(node);
    return this.#file.update((settings) => {
      const { nodes } = this.#parse(settings);
      const known = nodes.find(({ host }) => host === node.host);
      if (known !== undefined && JSON.stringify(known) === JSON.stringify(normal(node)))
        return false;
      const hosts = known === undefined ? [...nodes, node] : nodes;
      section(settings, ENVIRONMENT).set(NODES, hosts.map(({ host }) => host).join(','));
      settings.set(`${NODE}${node.host}`, toSection(node));
      return true;
    });
  }

  /** @returns False when it is not there. */
  removeNode(host: string): boolean {
    return this.#file.update((settings) => {
      const { nodes } = this.#parse(settings);
      const left = nodes.filter((node) => node.host !== host);
      if (left.length === nodes.length) return false;
      section(settings, ENVIRONMENT).set(NODES, left.map((node) => node.host).join(','));
      settings.delete(`${NODE}${host}`);
      return true;
    });
  }

  #set(key: string, value: string): boolean {
    return this.#file.update((settings) => {
      const environment = section(settings, ENVIRONMENT);
      if (environment.get(key) === value) return false;
      environment.set(key, value);
      return true;
    });
  }

  #parse(settings: Settings): LaunchConfig {
    try {
      return parseConfig(settings);
    } catch (error) {
      if (!(error instanceof ConCoordError) || error.code !== 'INVALID_ARGUMENT') throw error;
      throw new ConCoordError('SETTINGS', `${this.path}: ${error.message}`, { cause: error });
    }
  }
}

/** Where a key lies: beside the user's other ones, unless its name is a path. */
export function keyPath(name: string): string {
  return name.includes('/') ? resolve(name) : join(homedir(), '.ssh', name);
}

/**
 * Names that ssh, a shell and a file name take for what they are.
 *
 * @throws ConCoordError `INVALID_ARGUMENT`
 */
export function checkHost(host: string): string {
  if (host.length <= LIMITS.host && (HOST.test(host) || isIPv6(host))) return host;
  throw refusal(
    `${shown(host)} is no host name`,
    'Name a host by letters, digits, dots and hyphens, or by its address.',
  );
}

export function checkUser(user: string): string {
  if (user.length <= LIMITS.user && USER.test(user)) return user;
  throw refusal(`${shown(user)} is no user name`, 'Name the user that you log in as by ssh.');
}

export function checkKeyFile(name: string): string {
  // ssh would expand variables in the name.
  const odd = /[\p{Cc}]|\$\{/u.test(name) || name === '' || name.startsWith('-');
  if (!odd && name.length <= LIMITS.path) return name;
  throw refusal(`${shown(name)} is no file name of a key`, 'Name a file in ~/.ssh, or a path.');
}

/** `f0,f1` of `--groups`. */
export function parseGroups(text: string): readonly string[] {
  const groups = text.split(',').map((group) => group.trim());
  for (const group of groups) {
    if (group.length <= LIMITS.group && GROUP.test(group)) continue;
    throw refusal(
      `${shown(group)} is no failure group`,
      'Name failure groups by letters, digits, and . _ - : / @, with commas between them.',
    );
  }
  const each = [...new Set(groups)].toSorted();
  if (each.length <= LIMITS.groups) return each;
  throw refusal(`${each.length} failure groups`, `A node has at most ${LIMITS.groups} of them.`);
}

function checkNode(node: LaunchNode): void {
  checkHost(node.host);
  if (node.user !== undefined) checkUser(node.user);
  if (node.sshKeyFile !== undefined) checkKeyFile(node.sshKeyFile);
  if (node.port !== undefined) parseNodePort(String(node.port));
  if (node.groups.length > 0) parseGroups(node.groups.join(','));
}

export function parseNodePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw refusal(`${shown(text)} is no port`, 'Give a number from 1 to 65535.');
}

function parseConfig(settings: Settings): LaunchConfig {
  const environment = settings.get(ENVIRONMENT) ?? new Map<string, string>();
  const list = environment.get(NODES) ?? '';
  const hosts = list
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '');
  if (hosts.length > LIMITS.nodes) throw refusal(`more than ${LIMITS.nodes} nodes`, 'Remove some.');
  const username = environment.get(USERNAME) ?? '';
  const sshKeyFile = environment.get(KEY) ?? '';
  return {
    username: username === '' ? undefined : checkUser(username),
    sshKeyFile: sshKeyFile === '' ? undefined : checkKeyFile(sshKeyFile),
    nodes: [...new Set(hosts)].map((host) => fromSection(host, settings.get(`${NODE}${host}`))),
  };
}

function fromSection(host: string, values: ReadonlyMap<string, string> = new Map()): LaunchNode {
  const user = values.get(USERNAME);
  const sshKeyFile = values.get(KEY);
  const port = values.get('port');
  const groups = values.get('groups') ?? '';
  return {
    host: checkHost(host),
    ...(user !== undefined && { user: checkUser(user) }),
    ...(sshKeyFile !== undefined && { sshKeyFile: checkKeyFile(sshKeyFile) }),
    ...(port !== undefined && { port: parseNodePort(port) }),
    groups: groups === '' ? [] : parseGroups(groups),
  };
}

function toSection({ user, sshKeyFile, port, groups }: LaunchNode): Map<string, string> {
  const values = new Map<string, string>();
  if (user !== undefined) values.set(USERNAME, user);
  if (sshKeyFile !== undefined) values.set(KEY, sshKeyFile);
  if (port !== undefined) values.set('port', String(port));
  if (groups.length > 0) values.set('groups', parseGroups(groups.join(',')).join(','));
  return values;
}

function normal(node: LaunchNode): LaunchNode {
  return fromSection(node.host, toSection(node));
}

function section(settings: Settings, name: string): Map<string, string> {
  const found = settings.get(name) ?? new Map<string, string>();
  settings.set(name, found);
  return found;
}

/** In one line, and not for ever. */
function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function refusal(fact: string, remedy: string): ConCoordError {
  return new ConCoordError('INVALID_ARGUMENT', fact, { remedy });
}
