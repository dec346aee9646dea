import { ConCoordError } from '../base/index.ts';
import { printable, runRemote } from './ssh.ts';
import type { Login } from './ssh.ts';

/** What a node has. */
export interface NodeFacts {
  readonly home: string;
  /**
   * `linux-x64`, `linux-x64-musl` … as `concoord bundle --platform` has it; undefined: nothing that we
   * know.
   */
  readonly platform: string | undefined;
  /** As the machine calls itself, for messages. */
  readonly system: string;
  /** In the file system of the home; undefined when it cannot be told. */
  readonly freeBytes: number | undefined;
  readonly canWriteHome: boolean;
  /** Absolute paths, our own first. */
  readonly runtimes: readonly { readonly path: string; readonly version: string }[];
  /** The identifier of the version that `current` links to. */
  readonly current: string | undefined;
  readonly tools: ReadonlySet<string>;
  /** Ports that somebody listens at; undefined when it cannot be told. */
  readonly listening: ReadonlySet<number> | undefined;
}

/** Something about a node, and whether replicas can run there nevertheless. */
export interface Finding {
  readonly fatal: boolean;
  readonly text: string;
}

/** Every character that a shell which is no POSIX shell takes for something else. */
const AWKWARD = `it's "a" \\ $HOME \`id\` !1 %% * ~ {a,b} \\\\ #`;

const PROBE = `
printf '@quoting %s\\n' "$1"
printf '@home %s\\n' "$HOME"
[ -d "$HOME" ] && [ -w "$HOME" ] && echo '@writable yes'
printf '@system %s %s\\n' "$(uname -s)" "$(uname -m)"
for file in /lib/ld-musl-*; do [ -e "$file" ] && echo '@musl yes'; done
df -Pk "$HOME" 2>/dev/null | sed 's/^/@disk /'
for node in "$HOME/.concoord/node" "$(command -v node)" "$(command -v nodejs)"; do
  [ -x "$node" ] && printf '@node %s %s\\n' "$("$node" --version 2>/dev/null </dev/null)" "$node"
done
printf '@current %s\\n' "$(readlink "$HOME/.concoord/current" 2>/dev/null)"
for tool in tar gzip sha256sum shasum openssl; do
  command -v "$tool" >/dev/null 2>&1 && echo "@tool $tool"
done
[ -r /proc/net/tcp ] && echo '@ports known'
for file in /proc/net/tcp /proc/net/tcp6; do
  sed -n 's/^ *[0-9]*: [0-9A-F]*:\\([0-9A-F]*\\) [0-9A-F:]* 0A .*/@listens \\1/p' "$file" 2>/dev/null
done
echo '@end'
`;

const SUMS = ['sha256sum', 'shasum', 'openssl'];
const FIRST_PORT = 14_000;
const LAST_PORT = 15_000;

/**
 * Asks a node what it has.
 *
 * @throws LinkError when there is no link, ConCoordError `REMOTE_NODE` when it does not understand.
 */
export async function probe(login: Login): Promise<NodeFacts> {
  const { code, stdout, stderr } = await runRemote(login, PROBE, [AWKWARD]);
  const facts = parseFacts(stdout);
  if (facts !== undefined) return facts;
  const said = printable((stderr || stdout).trim().slice(0, 200));
  throw new ConCoordError(
    'REMOTE_NODE',
    `${login.host}: its login shell does not do as sh does (exit code ${code}${said && `: ${said}`})`,
    { remedy: 'Give that user /bin/sh or /bin/bash as login shell: chsh.' },
  );
}

/** Undefined when the words did not arrive as they were sent, or the end is missing. */
export function parseFacts(output: string): NodeFacts | undefined {
  const said = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const [, key = '', value = ''] = /^@([a-z]+) ?(.*)$/.exec(line) ?? [];
    if (key === '') continue;
    said.set(key, [...(said.get(key) ?? []), value]);
  }
  const first = (key: string): string => said.get(key)?.[0] ?? '';
  if (first('quoting') !== AWKWARD || !said.has('end')) return undefined;
  const runtimes = (said.get('node') ?? []).flatMap((line) => {
    const [, version = '', path = ''] = /^v(\d+\.\d+\.\d+\S*) (\/.*)$/.exec(line) ?? [];
    return version === '' ? [] : [{ version, path }];
  });
  const [, current] = /(?:^|\/)versions\/([A-Za-z0-9._-]+)$/.exec(first('current')) ?? [];
  return {
    home: first('home'),
    platform: platformOf(first('system'), said.has('musl')),
    system: printable(first('system')),
    freeBytes: freeBytes(said.get('disk') ?? []),
    canWriteHome: said.has('writable'),
    runtimes,
    current,
    tools: new Set(said.get('tool')),
    listening: said.has('ports')
      ? new Set((said.get('listens') ?? []).map((hex) => Number.parseInt(hex, 16)))
      : undefined,
  };
}

function platformOf(system: string, isMusl: boolean): string | undefined {
  const [name = '', machine = ''] = system.split(' ');
  const cpu = { x86_64: 'x64', amd64: 'x64', aarch64: 'arm64', arm64: 'arm64' }[machine];
  const os = { Linux: 'linux', Darwin: 'darwin' }[name];
  if (cpu === undefined || os === undefined) return undefined;
  return `${os}-${cpu}${isMusl ? '-musl' : ''}`;
}

/** Of the table that POSIX prescribes: the fourth column, in units of 1024 bytes. */
function freeBytes(lines: readonly string[]): number | undefined {
  const [, free] = /\s\d+\s+\d+\s+(\d+)\s+\d+%/.exec(lines.slice(1).join(' ')) ?? [];
  return free === undefined ? undefined : Number(free) * 1024;
}

/** What keeps replicas from running there, or may do so. */
export function judge(facts: NodeFacts, neededBytes: number): readonly Finding[] {
  const findings: Finding[] = [];
  const fatal = (text: string): unknown => findings.push({ fatal: true, text });
  if (facts.platform === undefined) {
    fatal(
      `it is ${facts.system || 'an unknown system'}; replicas run on Linux and macOS, x64 and arm64`,
    );
  }
  if (!facts.canWriteHome)
    fatal(`its home ${facts.home} cannot be written; chown it, or log in as another user`);
  for (const tool of ['tar', 'gzip']) {
    if (!facts.tools.has(tool)) fatal(`it has no ${tool}; install it`);
  }
  if (!SUMS.some((tool) => facts.tools.has(tool))) {
    fatal('it has nothing to check sums with; install sha256sum (coreutils)');
  }
  if (facts.freeBytes !== undefined && facts.freeBytes < neededBytes) {
    const [free, needed] = [facts.freeBytes, neededBytes].map((bytes) =>
      Math.ceil(bytes / 1024 ** 2),
    );
    fatal(`${free} MiB are free in ${facts.home}, and it takes ${needed} MiB; make space`);
  }
  const { listening } = facts;
  if (listening !== undefined) {
    const taken = [...listening].filter((port) => port >= FIRST_PORT && port <= LAST_PORT);
    if (taken.length > LAST_PORT - FIRST_PORT)
      fatal(`no port of ${FIRST_PORT} to ${LAST_PORT} is free`);
  }
  return findings;
}
