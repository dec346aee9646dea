import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isIPv6 } from 'node:net';
import { ConCoordError } from '../base/index.ts';
import { checkHost, checkUser, keyPath } from './config.ts';
import type { LaunchConfig, LaunchNode } from './config.ts';
import { remoteCommand } from './quote.ts';

/** A node, and how to log in there. */
export interface Login {
  readonly host: string;
  readonly user: string | undefined;
  readonly sshKeyFile: string | undefined;
  readonly port: number | undefined;
  /** A host whose key nobody has seen yet is taken for who it says it is. */
  readonly acceptNew?: boolean;
}

/** What a command on a node left behind. */
export interface Done {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RemoteOrder {
  /** For the standard input of the command. */
  readonly input?: string | Uint8Array | Readable;
  readonly patienceMs?: number;
  /** Hears every line of the standard output at once. */
  readonly onLine?: (line: string) => void;
}

/** Why a node could not be used at all. */
export type LinkTrouble = 'unreachable' | 'host-key' | 'denied' | 'no-ssh' | 'late';

/** The link did not come about, or broke. */
export class LinkError extends ConCoordError {
  readonly trouble: LinkTrouble;

  constructor(host: string, trouble: LinkTrouble, fact: string, remedy: string) {
    super('REMOTE_NODE', `${host}: ${fact}`, { remedy });
    this.trouble = trouble;
  }
}

const CONNECT_SECONDS = 15;
const PATIENCE_MS = 120_000;
/** ssh ends with it when the link is at fault. */
const LINK_FAILED = 255;
const MAX_STDOUT = 16 * 1024 * 1024;
const MAX_STDERR = 64 * 1024;

export function loginTo(node: LaunchNode, config: LaunchConfig): Login {
  return {
    host: node.host,
    user: node.user ?? config.username,
    sshKeyFile: node.sshKeyFile ?? config.sshKeyFile,
    port: node.port,
  };
}

/**
 * The arguments of ssh. Everything else is left to the user's own settings: agent, jumps, known hosts. It
 * never asks: an unknown key of a host ends it.
 */
export function sshArguments(login: Login, command: string): readonly string[] {
  const { acceptNew, host, port, sshKeyFile, user } = login;
  const options = [
    'BatchMode=yes',
    // Else a command that the user's settings have for this host would take the place of ours.
    'RemoteCommand=none',
    `ConnectTimeout=${CONNECT_SECONDS}`,
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
    ...(acceptNew === true ? ['StrictHostKeyChecking=accept-new'] : []),
  ];
  return [
    '-T',
    ...options.flatMap((option) => ['-o', option]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', checkUser(user)]),
    // ssh expands what begins with a percent sign.
    ...(sshKeyFile === undefined ? [] : ['-i', keyPath(sshKeyFile).replaceAll('%', '%%')]),
    '--',
    checkHost(host),
    command,
  ];
}

/**
 * Runs a script of ours on a node, by the system's ssh.
 *
 * @param words From outside: the script has them as `$1`, `$2` …
 * @throws LinkError when there is no link; a script that fails is no error here.
 */
export function runRemote(
  login: Login,
  script: string,
  words: readonly string[] = [],
  order: RemoteOrder = {},
): Promise<Done> {
  const { input, onLine, patienceMs = PATIENCE_MS } = order;
  const args = sshArguments(login, remoteCommand(script, words));
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const out = new Output(onLine);
    let stderr = '';
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, patienceMs);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (!out.add(text)) child.kill('SIGKILL');
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-MAX_STDERR);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(noSsh(login.host, error));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      out.end();
      const { host } = login;
      if (isLate) {
        const fact = `nothing came back within ${patienceMs / 1000} s`;
        reject(
          new LinkError(host, 'late', fact, 'Look at that machine, and run the command again.'),
        );
      } else if (out.isTooLong) {
        reject(
          new ConCoordError('REMOTE_NODE', `${host}: it says more than ${MAX_STDOUT} characters`),
        );
      } else if (code === LINK_FAILED || code === null) {
        reject(linkError(login, stderr, signal));
      } else resolve({ code, stdout: out.text, stderr });
    });
    // A node that does not read to the end says why in its exit code.
    if (child.stdin !== null) feed(child.stdin, input ?? '');
  });
}

function feed(stdin: NodeJS.WritableStream, input: string | Uint8Array | Readable): void {
  stdin.on('error', () => undefined);
  if (typeof input === 'string' || input instanceof Uint8Array) stdin.end(input);
  else pipeline(input, stdin).catch(() => undefined);
}

/** Standard output, whole and line by line. */
class Output {
  text = '';
  isTooLong = false;
  readonly #onLine: ((line: string) => void) | undefined;
  #rest = '';

  constructor(onLine: ((line: string) => void) | undefined) {
    this.#onLine = onLine;
  }

  add(text: string): boolean {
    if (this.#onLine === undefined) {
      this.text += text;
      this.isTooLong = this.text.length > MAX_STDOUT;
      return !this.isTooLong;
    }
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
    this.isTooLong = this.#rest.length > MAX_STDOUT;
    return !this.isTooLong;
  }

  end(): void {
    if (this.#rest !== '') this.#onLine?.(this.#rest);
    this.#rest = '';
  }
}

function noSsh(host: string, error: NodeJS.ErrnoException): LinkError {
  const isMissing = error.code === 'ENOENT';
  const fact = isMissing
    ? 'there is no ssh on this machine'
    : `ssh cannot be started: ${error.message}`;
  return new LinkError(host, 'no-ssh', fact, 'Install the OpenSSH client, and have it on PATH.');
}

const TROUBLES: readonly (readonly [RegExp, LinkTrouble, string, (login: Login) => string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    'host-key',
    'its host key is not the one that is known',
    ({ host }) =>
      `Find out why; if the machine was made anew, forget the old key: ssh-keygen -R ${knownAs(host)}.`,
  ],
  [
    /Host key verification failed|No \S+ host key is known for/,
    'host-key',
    'its host key is not known here',
    (login) =>
      `Log in once by hand and compare the fingerprint: ${byHand(login)}; or take it unseen: ` +
      'openreplica addnode --accept-new.',
  ],
  [
    /Permission denied|Too many authentication failures/,
    'denied',
    'it does not let us log in',
    (login) =>
      'Name the right key and user (addsshkey, addusername, or flags of addnode), until this works: ' +
      `${byHand(login)}.`,
  ],
];

function linkError(login: Login, stderr: string, signal: NodeJS.Signals | null): LinkError {
  const found = TROUBLES.find(([pattern]) => pattern.test(stderr));
  const said = lastLine(stderr) || (signal === null ? 'ssh failed' : `ssh was ended by ${signal}`);
  if (found !== undefined) {
    const [, trouble, fact, remedy] = found;
    return new LinkError(login.host, trouble, `${fact} (${said})`, remedy(login));
  }
  const remedy = `Check that it is up, and that this works: ${byHand(login)}.`;
  return new LinkError(login.host, 'unreachable', said, remedy);
}

/** What the user would type to log in. */
function byHand({ host, port, sshKeyFile, user }: Login): string {
  const key = sshKeyFile === undefined ? '' : ` -i ${keyPath(sshKeyFile)}`;
  const gate = port === undefined ? '' : ` -p ${port}`;
  const name = user === undefined ? '' : ` -l ${user}`;
  return `ssh${key}${gate}${name} ${host}`;
}

function knownAs(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** The last line with text, as what a terminal shows as it is. */
export function lastLine(text: string): string {
  const line = text.trimEnd().split(/\r?\n/).at(-1) ?? '';
  return printable(line).trim().slice(0, 300);
}

/** What comes from elsewhere must not move the cursor. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
