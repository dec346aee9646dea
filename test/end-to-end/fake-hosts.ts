/**
 * Hosts without machines: `ssh` is a script that runs what it is given here, in a home of the host's own, as
 * if it had come in at an address of its own. They are set up by links to this checkout.
 */
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Done, Stage } from './kit.ts';
import { eventually } from './kit.ts';
import type { Process } from './process.ts';

const MAIN = fileURLToPath(new URL('./openreplica.ts', import.meta.url));
const AGENT = new URL('../../src/cli/node-agent.ts', import.meta.url).href;

/** Only of what is written here: the host is the word before the command. */
const SSH = `#!/bin/sh
while [ $# -gt 2 ]; do shift; done
home="$FAKE_HOSTS/$1"
if [ ! -d "$home/.concoord" ] || [ -e "$home/down" ]; then echo "ssh: no route to $1" >&2; exit 255; fi
HOME="$home"; SSH_CONNECTION="127.0.0.1 1 $(cat "$home/address") 22"; export HOME SSH_CONNECTION
unset XDG_CONFIG_HOME CONCOORD_TOKEN
exec sh -c "$2"
`;

/** As bin/ does it, from the sources: who is started by a supervisor ends with it. */
const CONCOORD = `import { main } from '${new URL('../../src/cli/main.ts', import.meta.url).href}';
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel?.unref();
process.exitCode = await main(['concoord', ...process.argv.slice(2)]);
`;

export class FakeHosts implements AsyncDisposable {
  readonly #stage: Stage;
  readonly #root: string;
  readonly #bin: string;

  /** @param groups Of each host by its name: `{ a: 'r1' }`. */
  constructor(stage: Stage, groups: Readonly<Record<string, string>>) {
    this.#stage = stage;
    this.#root = join(stage.folder, 'hosts');
    this.#bin = join(stage.folder, 'bin');
    mkdirSync(this.#bin);
    writeFileSync(join(this.#bin, 'ssh'), SSH, { mode: 0o755 });
    // Nothing here is to become a service of whoever runs the tests.
    writeFileSync(join(this.#bin, 'systemctl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    for (const [index, host] of Object.keys(groups).entries()) this.#setUp(host, index + 1);
    const config = join(stage.folder, 'config', 'concoord');
    mkdirSync(config, { recursive: true, mode: 0o700 });
    const sections = Object.entries(groups).map(
      ([host, group]) => `[NODE ${host}]\ngroups=${group}\n`,
    );
    const nodes = `[ENVIRONMENT]\nnodes=${Object.keys(groups).join(',')}\n`;
    writeFileSync(join(config, 'openreplica.cfg'), nodes + sections.join(''), { mode: 0o600 });
  }

  #setUp(host: string, number: number): void {
    const home = join(this.#root, host, '.concoord');
    const version = join(home, 'versions', 'checkout');
    const agent = join(version, 'dist', 'cli');
    mkdirSync(agent, { recursive: true });
    symlinkSync(join('versions', 'checkout'), join(home, 'current'));
    writeFileSync(join(version, 'package.json'), '{ "type": "module" }');
    // All of 127/8 is this machine; other tests that run beside this one take other addresses.
    const { pid } = process;
    const address = `127.${64 + (pid & 63)}.${(pid >> 6) & 255}.${number}`;
    writeFileSync(join(this.#root, host, 'address'), address);
    mkdirSync(join(version, 'bin'));
    writeFileSync(join(version, 'bin', 'concoord.js'), CONCOORD);
    writeFileSync(join(agent, 'node-agent.js'), `await import('${AGENT}');\n`);
    symlinkSync(process.execPath, join(home, 'node'));
  }

  /** `openreplica`, typed by the operator. */
  start(...args: readonly string[]): Process {
    return this.#startAt('config', ...args);
  }

  /** The same at another machine, with a configuration of its own. */
  startElsewhere(...args: readonly string[]): Process {
    const own = join(this.#stage.folder, 'elsewhere');
    const made = join(own, 'concoord');
    mkdirSync(made, { recursive: true, mode: 0o700 });
    const file = 'openreplica.cfg';
    copyFileSync(join(this.#stage.folder, 'config', 'concoord', file), join(made, file));
    return this.#startAt('elsewhere', ...args);
  }

  #startAt(config: string, ...args: readonly string[]): Process {
    const env = {
      FAKE_HOSTS: this.#root,
      PATH: `${this.#bin}:${process.env['PATH']}`,
      XDG_CONFIG_HOME: join(this.#stage.folder, config),
    };
    return this.#stage.start(args, { main: MAIN, env });
  }

  async run(...args: readonly string[]): Promise<Done> {
    const started = this.start(...args);
    const { code } = await started.ended();
    return { code, stdout: started.stdout, stderr: started.stderr };
  }

  /** Where ssh comes in there. */
  address(host: string): string {
    return readFileSync(join(this.#root, host, 'address'), 'utf8');
  }

  /** Addresses of the replicas whose supervisors run there. */
  supervisors(host: string): readonly number[] {
    const replicas = join(this.#root, host, '.concoord', 'replicas');
    try {
      return readdirSync(replicas).flatMap((name) => {
        const pid = Number.parseInt(readFileSync(join(replicas, name, 'owner'), 'utf8'), 10);
        return isRunning(pid) ? [pid] : [];
      });
    } catch {
      return [];
    }
  }

  /** Every process of ours on that host ends at once; a replica ends with its supervisor. */
  async kill(host: string): Promise<void> {
    for (const pid of this.supervisors(host)) process.kill(pid, 'SIGKILL');
    await eventually(`${host} is dead`, () =>
      this.supervisors(host).length === 0 ? true : undefined,
    );
  }

  /** From now on ssh does not get there. */
  cutOff(host: string): void {
    writeFileSync(join(this.#root, host, 'down'), '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of readdirSync(this.#root)) await this.kill(host);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
