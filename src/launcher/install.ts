import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createGzip } from 'node:zlib';
import { findPlatform, makeServerBundle, ownPlatform } from '../bundles/index.ts';
import type { ServerBundle } from '../bundles/index.ts';
import { ConCoordError, present } from '../base/index.ts';
import { callAgent } from './call-agent.ts';
import type { Finding, NodeFacts } from './probe.ts';
import { judge, probe } from './probe.ts';
import { lastLine, runRemote } from './ssh.ts';
import type { Done, Login } from './ssh.ts';

/** What is put on nodes: made once for each platform, and kept while a command runs. */
export interface Freight {
  bundle(platform: string): ServerBundle;
  /**
   * The file of a Node.js for nodes that have none that fits; undefined when we have none for that
   * platform.
   */
  runtime(platform: string): Runtime | undefined;
}

export interface Runtime {
  readonly file: string;
  /** Of its bytes, in hex. */
  readonly sha256: string;
  /** Undefined when it cannot be known before it runs there. */
  readonly version: string | undefined;
}

/** What `setup` did. */
export interface Setup {
  /** The version that replicas there are started from. */
  readonly id: string;
  readonly changed: boolean;
}

const MiB = 1024 ** 2;
/** A slow line takes so long for what is sent. */
const UPLOAD_PATIENCE_MS = 30 * 60_000;
/** Unpacked, and twice while it is unpacked; and an empty data directory. */
const BUNDLE_FACTOR = 6;
const DATA_BYTES = 64 * MiB;

const PREPARE = `
set -eu
umask 077
root="$HOME/.concoord"
mkdir -p "$root/incoming" "$root/versions" "$root/runtimes"
find "$root/incoming" -mindepth 1 -maxdepth 1 -mmin +600 -exec rm -rf {} + 2>/dev/null || true
part="$root/incoming/part.$$"
trap 'rm -rf "$part" "$part.d"' EXIT
trap 'exit 1' HUP INT TERM
sum() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum < "$1"
  elif command -v shasum >/dev/null 2>&1; then shasum -a 256 < "$1"
  else openssl dgst -sha256 -r < "$1"; fi | cut -c1-64
}
`;

/** `$1` the identifier, `$2` its sum, `$3` the folder in it. Others see the whole version, or none. */
const INSTALL_BUNDLE = `${PREPARE}
target="$root/versions/$1"
cat > "$part"
got=$(sum "$part")
if [ "$got" != "$2" ]; then echo "@sum $got"; exit 21; fi
mkdir "$part.d"
gzip -dc < "$part" | tar -xf - -C "$part.d"
[ -f "$part.d/$3/bin/concoord.js" ]
[ -d "$target" ] || mv "$part.d/$3" "$target"
echo '@installed'
`;

/** `$1` a name for it, `$2` its sum. What does not run here is not kept. */
const INSTALL_RUNTIME = `${PREPARE}
target="$root/runtimes/$1"
gzip -dc > "$part"
got=$(sum "$part")
if [ "$got" != "$2" ]; then echo "@sum $got"; exit 21; fi
chmod 755 "$part"
"$part" --version >/dev/null || exit 22
mkdir -p "$target"
mv "$part" "$target/node"
printf '@installed %s\\n' "$target/node"
`;

const HAS_VERSION = `[ -f "$HOME/.concoord/versions/$1/bin/concoord.js" ] && echo '@there'`;

/** What this machine can send: its own bundle, and its own Node.js or the one that was named. */
export function ownFreight(nodeFile: string | undefined): Freight {
  const bundles = new Map<string, ServerBundle>();
  const files = new Map<string, Runtime>();
  const runtimeAt = (file: string, version?: string): Runtime => {
    const known = files.get(file) ?? { file, sha256: sumOf(file), version };
    files.set(file, known);
    return known;
  };
  return {
    bundle(platform) {
      const made = bundles.get(platform) ?? makeServerBundle({ platform });
      bundles.set(platform, made);
      return made;
    },
    runtime(platform) {
      if (nodeFile !== undefined) return runtimeAt(nodeFile);
      if (platform !== ownPlatform()) return undefined;
      return runtimeAt(process.execPath, process.versions.node);
    },
  };
}

function sumOf(file: string): string {
  return createHash('sha256').update(readRuntime(file)).digest('hex');
}

function readRuntime(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConCoordError(
      'INVALID_ARGUMENT',
      `--node: ${file} cannot be read: ${String(error)}`,
      {
        remedy: 'Name the executable of a Node.js for that node.',
        cause: error,
      },
    );
  }
}

/** Which of the Node.js of a node fits: its engine must compute as the others do. */
export function fittingRuntime(facts: NodeFacts): string | undefined {
  const [major] = process.versions.node.split('.');
  return facts.runtimes.find(({ version }) => version.split('.')[0] === major)?.path;
}

export function neededBytes(facts: NodeFacts, bundleBytes: number): number {
  const runtimeBytes =
    fittingRuntime(facts) === undefined ? 1.1 * statSync(process.execPath).size : 0;
  return bundleBytes * BUNDLE_FACTOR + DATA_BYTES + runtimeBytes;
}

/** What a node must have besides, when nothing of ours is there yet. */
export function judgeRuntime(facts: NodeFacts, freight: Freight): Finding | undefined {
  if (fittingRuntime(facts) !== undefined || facts.platform === undefined) return undefined;
  const [major] = process.versions.node.split('.');
  const found = new Set(facts.runtimes.map(({ version }) => version));
  const versions = [...found].join(', ') || 'none';
  const lacks = `it has no Node.js ${major} (${versions})`;
  if (freight.runtime(facts.platform) !== undefined) {
    return { fatal: false, text: `${lacks}; setup brings ours along` };
  }
  const text =
    `${lacks}, and ours is for ${ownPlatform()}, not ${facts.platform}: install Node.js ${major} there, ` +
    'or name one for it with --node FILE';
  return { fatal: true, text };
}

/**
 * Installs this version on a node, in the home of the user, and makes it the one that replicas are started
 * from. What a broken link has left is completed by the next call.
 */
export async function setUp(
  login: Login,
  freight: Freight,
  say: (text: string) => void,
): Promise<Setup> {
  const facts = await probe(login);
  refuse(login.host, judge(facts, 0));
  const platform = findPlatform(present(facts.platform, 'a platform')).name;
  const bundle = freight.bundle(platform);
  const id = `${bundle.version}-${bundle.sha256.slice(0, 12)}`;
  const isThere = await hasVersion(login, id);
  if (!isThere) {
    refuse(login.host, judge(facts, neededBytes(facts, bundle.bytes.length)));
    say(`copying ${id} (${(bundle.bytes.length / MiB).toFixed(1)} MiB)`);
    await installBundle(login, id, bundle);
  }
  const node = fittingRuntime(facts) ?? (await installRuntime(login, facts, freight, say));
  const { changed } = await callAgent(login, { do: 'activate', id, node }, { id, node });
  return { id, changed: changed || !isThere };
}

function refuse(host: string, findings: readonly Finding[]): void {
  const found = findings.find(({ fatal }) => fatal);
  if (found !== undefined) throw new ConCoordError('REMOTE_NODE', `${host}: ${found.text}`);
}

async function hasVersion(login: Login, id: string): Promise<boolean> {
  const { stdout } = await runRemote(login, HAS_VERSION, [id]);
  return /^@there$/m.test(stdout);
}

async function installBundle(login: Login, id: string, bundle: ServerBundle): Promise<void> {
  const done = await runRemote(login, INSTALL_BUNDLE, [id, bundle.sha256, bundle.folder], {
    input: bundle.bytes,
    patienceMs: UPLOAD_PATIENCE_MS,
  });
  if (!/^@installed$/m.test(done.stdout)) throw notInstalled(login.host, 'the bundle', done);
}

async function installRuntime(
  login: Login,
  facts: NodeFacts,
  freight: Freight,
  say: (text: string) => void,
): Promise<string> {
  const finding = judgeRuntime(facts, freight);
  if (finding?.fatal === true)
    throw new ConCoordError('REMOTE_NODE', `${login.host}: ${finding.text}`);
  const platform = present(facts.platform, 'a platform');
  const { file, sha256, version } = present(freight.runtime(platform), 'a runtime');
  say(`copying Node.js${version === undefined ? '' : ` ${version}`}`);
  const name = `${version ?? 'given'}-${platform}-${sha256.slice(0, 12)}`;
  const done = await runRemote(login, INSTALL_RUNTIME, [name, sha256], {
    // Quickly rather than well: the line is rarely the slower part.
    input: createReadStream(file).pipe(createGzip({ level: 1 })),
    patienceMs: UPLOAD_PATIENCE_MS,
  });
  const [, path] = /^@installed (\/.*)$/m.exec(done.stdout) ?? [];
  if (path === undefined) throw notInstalled(login.host, 'Node.js', done);
  return path;
}

function notInstalled(host: string, what: string, { code, stderr, stdout }: Done): ConCoordError {
  const said = lastLine(stderr);
  if (/No space left on device|Disk quota exceeded/i.test(stderr)) {
    return new ConCoordError(
      'REMOTE_NODE',
      `${host}: its disk is full (${said}); nothing was installed`,
      {
        remedy: 'Make space in the home of the user there, and run setup again.',
      },
    );
  }
  if (code === 22) {
    const fact = `the Node.js of this machine does not run there (${said})`;
    return new ConCoordError('REMOTE_NODE', `${host}: ${fact}`, {
      remedy: `Install Node.js ${process.versions.node.split('.')[0]} there, or name one with --node FILE.`,
    });
  }
  const [, sum] = /^@sum ([0-9a-f]*)$/m.exec(stdout) ?? [];
  const why =
    sum === undefined ? said || `exit code ${code}` : `it arrived with another sum, ${sum}`;
  return new ConCoordError('REMOTE_NODE', `${host}: ${what} could not be installed: ${why}`);
}
