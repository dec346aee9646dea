/** Nodes that are folders of this machine, behind an `ssh` that is a script. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { archive } from '../bundles/index.ts';
import type { ServerBundle } from '../bundles/index.ts';
import type { Freight } from './install.ts';
import type { Login } from './ssh.ts';

/** Takes what we give ssh, and nothing else; a host is a folder, and one without a folder is down. */
const SSH = `#!/bin/sh
port=22
while [ $# -gt 0 ]; do
  case "$1" in
    -T) shift;;
    -o|-i|-l) shift 2;;
    -p) port=$2; shift 2;;
    --) shift; break;;
    *) echo "unexpected: $1" >&2; exit 255;;
  esac
done
if [ $# != 2 ]; then echo "unexpected: $# words" >&2; exit 255; fi
folder=$(dirname "$0")/..
printf '%s\\n' "$1" >> "$folder/calls"
home="$folder/homes/$1"
if [ -f "$home.says" ]; then cat "$home.says" >&2; exit 255; fi
if [ ! -d "$home" ]; then echo "ssh: connect to host $1 port $port: Connection refused" >&2; exit 255; fi
cd "$home" || exit 255
export SSH_CONNECTION="127.0.0.1 1 127.0.0.1 22"
echo 'welcome, says the login shell'
exec env -i HOME="$PWD" PATH="$FAKE_PATH" NODE_COMPILE_CACHE="$NODE_COMPILE_CACHE" \\
  SSH_CONNECTION="$SSH_CONNECTION" sh -c "$2"
`;

/** As all processes of tests have it: what is compiled once is quick to start. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/concoord', import.meta.url));
const AGENT = new URL('../cli/node-agent.ts', import.meta.url).href;
const CLI = new URL('../cli/main.ts', import.meta.url).href;
/** As the executable does it, with our sources instead of what was built of them. */
const BIN = `
import { main } from ${JSON.stringify(CLI)};
if (process.env.CONCOORD_LAUNCHED !== undefined) {
  delete process.env.CONCOORD_LAUNCHED;
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
}
process.exitCode = await main(['concoord', ...process.argv.slice(2)]);
`;

/** A version that consists of the sources of this checkout. */
export function sourcesAsBundle(version = '0.0.1', more = ''): ServerBundle {
  const part = (path: string, text: string): { path: string; bytes: Uint8Array } => ({
    path: `concoordserver/${path}`,
    bytes: Buffer.from(text),
  });
  const made = archive([
    part('package.json', '{ "type": "module" }'),
    part('bin/concoord.js', BIN + more),
    part('dist/cli/node-agent.js', `await import(${JSON.stringify(AGENT)});\n`),
  ]);
  return { ...made, platform: 'any', folder: 'concoordserver', version, noIsolates: undefined };
}

export function freightOf(bundle: ServerBundle, runtime?: ReturnType<Freight['runtime']>): Freight {
  return { bundle: () => bundle, runtime: () => runtime };
}

export class FakeNodes implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'concoord-nodes-'));
  readonly #environment = { ...process.env };

  constructor(...hosts: readonly string[]) {
    mkdirSync(join(this.folder, 'bin'));
    mkdirSync(join(this.folder, 'homes'));
    writeFileSync(join(this.folder, 'bin', 'ssh'), SSH, { mode: 0o755 });
    for (const host of hosts) this.add(host);
    Object.assign(process.env, this.environment());
  }

  /** For `openreplica`, which finds ours before the system's ssh. */
  environment(): NodeJS.ProcessEnv {
    return {
      PATH: [join(this.folder, 'bin'), this.#environment['PATH']].join(delimiter),
      FAKE_PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? CACHE,
    };
  }

  /** From now on its PATH has nothing but what these folders have. */
  limitPath(...folders: readonly string[]): void {
    process.env['FAKE_PATH'] = folders.join(delimiter);
  }

  add(host: string): string {
    mkdirSync(this.home(host));
    return this.home(host);
  }

  home(host: string): string {
    return join(this.folder, 'homes', host);
  }

  /** ssh to this host fails with these words. */
  says(host: string, words: string): void {
    writeFileSync(`${this.home(host)}.says`, words);
  }

  unsays(host: string): void {
    rmSync(`${this.home(host)}.says`);
  }

  login(host: string): Login {
    return { host, user: undefined, sshKeyFile: undefined, port: undefined };
  }

  /** The hosts that ssh was called for. */
  get calls(): readonly string[] {
    return readFileSync(join(this.folder, 'calls'), 'utf8').trim().split('\n');
  }

  /** A program of that name, first on the PATH of all nodes. */
  program(name: string, script: string): void {
    const folder = join(this.folder, 'programs');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
    process.env['FAKE_PATH'] = [folder, process.env['FAKE_PATH']].join(delimiter);
  }

  [Symbol.dispose](): void {
    for (const name of ['PATH', 'FAKE_PATH', 'XDG_CONFIG_HOME', 'NODE_COMPILE_CACHE']) {
      const before = this.#environment[name];
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
