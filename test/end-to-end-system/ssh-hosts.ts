/**
 * Hosts with sshd: each with a network, a user and a home of its own. Needs root and Debian's
 * openssh-server.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { userInfo, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Process } from '../end-to-end/process.ts';
import { Lab } from './lab.ts';
import { need } from './needs.ts';

const MAIN = fileURLToPath(new URL('../end-to-end/openreplica.ts', import.meta.url));
const SSHD = '/usr/sbin/sshd';
const KEY = 'concoord.pem';
/** Another run of these tests may be at work on this machine. */
const FIRST_UID = 47_000 + (process.pid % 1000) * 10;

/** What people who log in by hand let ssh do there. */
const SETTLED = '  RemoteCommand tmux new -A\n  RequestTTY yes\n';

export interface Done {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Host {
  /** Its alias in ssh_config of the operator. */
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly home: string;
  /** What known_hosts has about it. */
  readonly knownAs: string;
}

/** Some hosts, and an operator at another place of their network. */
export class SshHosts implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'concoord-ssh-'));
  readonly hosts = new Map<string, Host>();
  readonly #lab = new Lab();
  readonly #daemons = new Map<string, ChildProcess>();
  readonly #mounts: string[] = [];
  readonly #ssh = join(this.folder, 'operator', '.ssh');

  constructor() {
    need(SSHD, 'openssh-server');
    need('ssh', 'openssh-client');
    chmodSync(this.folder, 0o755);
    mkdirSync('/run/sshd', { recursive: true });
    mkdirSync(this.#ssh, { recursive: true, mode: 0o700 });
    // ssh looks for it where the system says that the user's home is.
    mkdirSync(join(userInfo().homedir, '.ssh'), { recursive: true, mode: 0o700 });
    for (const name of [KEY, 'stranger.pem']) this.#keygen(join(this.#ssh, name));
  }

  /** @param megabytes Of its home, when that is to be a small disk. */
  async add(name: string, megabytes?: number): Promise<Host> {
    const address = this.#lab.machine(name);
    const user = `cc${process.pid}${name}`;
    const home = join(this.folder, name);
    const uid = FIRST_UID + this.hosts.size;
    const flags = [
      '--uid',
      String(uid),
      '--no-create-home',
      '--home-dir',
      home,
      '--shell',
      '/bin/bash',
    ];
    execFileSync('useradd', [...flags, '--password', '*', user], { stdio: 'pipe' });
    mkdirSync(home);
    if (megabytes !== undefined) {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', home]);
      this.#mounts.push(home);
    }
    const etc = join(this.folder, `${name}.etc`);
    mkdirSync(etc);
    this.#keygen(join(etc, 'host_key'));
    writeFileSync(join(etc, 'authorized_keys'), readFileSync(join(this.#ssh, `${KEY}.pub`)));
    const settings = {
      ListenAddress: address,
      HostKey: join(etc, 'host_key'),
      AuthorizedKeysFile: join(etc, 'authorized_keys'),
      PidFile: 'none',
      UsePAM: 'no',
      StrictModes: 'no',
      PasswordAuthentication: 'no',
      MaxStartups: '100',
    };
    writeFileSync(
      join(etc, 'sshd_config'),
      Object.entries(settings)
        .map(([key, value]) => `${key} ${value}\n`)
        .join(''),
    );
    // Noise of a login shell, as users have it.
    writeFileSync(join(home, '.bashrc'), 'echo welcome\necho careful >&2\n');
    for (const path of [home, join(home, '.bashrc')]) chownSync(path, uid, uid);
    const publicKey = readFileSync(join(etc, 'host_key.pub'), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
    const host = { name, address, user, home, knownAs: `${address} ${publicKey}` };
    this.hosts.set(name, host);
    this.#tell();
    await this.boot(name);
    return host;
  }

  /** Starts its sshd. */
  async boot(name: string): Promise<void> {
    const space = this.#lab.spaceOf(name);
    const config = join(this.folder, `${name}.etc`, 'sshd_config');
    const child = spawn('ip', ['netns', 'exec', space, SSHD, '-D', '-e', '-f', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#daemons.set(name, child);
    const lines = createInterface(child.stderr);
    for await (const line of lines) if (line.includes('Server listening')) break;
    child.stderr.resume();
  }

  /** Every process of that host ends at once, as if its power were cut. */
  async cutPower(name: string): Promise<number> {
    const daemon = this.#daemons.get(name);
    let killed = 0;
    for (let pids = this.pids(name); pids.length > 0; pids = this.pids(name)) {
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
          killed++;
        } catch {
          // It has ended by itself.
        }
      }
    }
    if (daemon !== undefined && daemon.exitCode === null && daemon.signalCode === null) {
      await once(daemon, 'exit');
    }
    return killed;
  }

  pids(name: string): readonly number[] {
    const space = this.#lab.spaceOf(name);
    const out = execFileSync('ip', ['netns', 'pids', space], { encoding: 'utf8' });
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  }

  /** The operator's known_hosts. */
  know(...lines: readonly string[]): void {
    writeFileSync(join(this.#ssh, 'known_hosts'), lines.map((line) => `${line}\n`).join(''));
  }

  knowAll(): void {
    this.know(...[...this.hosts.values()].map(({ knownAs }) => knownAs));
  }

  /** `openreplica`, typed by the operator. */
  async run(...args: readonly string[]): Promise<Done> {
    const started = this.start(MAIN, args);
    started.child.stdin?.end();
    const { code } = await started.ended(170_000);
    return { code, stdout: started.stdout, stderr: started.stderr };
  }

  /** A program in the operator's place. */
  start(main: string, args: readonly string[]): Process {
    const inPlace = `mount --bind "$1" ${userInfo().homedir}/.ssh && shift && exec "$@"`;
    const prefix = ['ip', 'netns', 'exec', this.#lab.hub, 'sh', '-c', inPlace, 'sh', this.#ssh];
    return new Process(args, {
      cwd: this.folder,
      main,
      prefix,
      env: {
        HOME: userInfo().homedir,
        XDG_CONFIG_HOME: join(this.folder, 'operator'),
        SSH_AUTH_SOCK: '',
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.hosts.keys()) await this.cutPower(name);
    for (const mount of this.#mounts) execFileSync('umount', ['--lazy', mount]);
    this.#lab[Symbol.dispose]();
    for (const { user } of this.hosts.values()) spawnSync('userdel', [user]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #keygen(path: string): void {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
  }

  /** Aliases, as operators have them. */
  #tell(): void {
    const parts = [...this.hosts.values()].map(
      ({ address, name }) => `Host ${name}\n  HostName ${address}\n${SETTLED}`,
    );
    writeFileSync(join(this.#ssh, 'config'), parts.join(''), { mode: 0o600 });
  }
}
