import { Option } from 'commander';
import type { Command } from 'commander';
import { launchTogether } from '../launcher/index.ts';
import type { Order } from '../launcher/index.ts';
import { encodeBundle, endBundler, readClass, splitSearchPath } from '../loading/index.ts';
import { readFlags } from './flags.ts';
import type { ReplicaFlags, ReplicaSettings } from './flags.ts';
import { chooseNodes } from './openreplica-choose.ts';
import { loginsOf, onEach, sumUp, tell } from './openreplica-kit.ts';
import { prepareNameServer, SUDO } from './openreplica-name-server.ts';
import { parseCount } from './openreplica-place.ts';
import type { Finish } from './openreplica.ts';
import { print, say, UsageError } from './output.ts';
import { isOurs } from './programs.ts';
import { readToken } from './token-source.ts';

interface Flags extends ReplicaFlags {
  readonly sudo?: true;
  readonly replicas?: string;
}

/** What is not passed on as it is: an address, and what lies in files of this machine. */
const OURS = new Set(['addr', 'port', 'boot', 'objectname', 'tokenFile', 'sudo', 'replicas']);

/** `replica` and `nameserver`: they take what `concoord replica` takes, and nodes. */
export function addReplicaCommands(
  program: Command,
  finish: Finish,
  options: readonly Option[],
): void {
  for (const [name, description] of [
    ['replica', 'start a replica on nodes; without -b the first of them founds the instance'],
    ['nameserver', 'the same, as name server of a domain: replica that insists on -n'],
  ] as const) {
    const command = program
      .command(name)
      .description(description)
      .argument('[host...]', 'nodes; when left out, placement chooses among all');
    for (const option of options) command.addOption(onNode(option));
    command
      .option(
        '-k, --replicas <number>',
        'so many nodes, chosen so that they share little (default 1)',
      )
      .option(...SUDO)
      .action(async (hosts: string[], flags: Flags, self: Command) => {
        if (name === 'nameserver' && flags.domainname === undefined) {
          throw new UsageError('nameserver: name the domain with -n; without one it is a replica');
        }
        finish(await replica(hosts, flags, self));
      });
  }
}

/** Some are said of this machine, and mean another thing on a node. */
const ON_NODE = new Map([
  ['addr', 'address to bind and advertise there (default: where ssh came in)'],
  ['dataDir', 'where -w writes there (default: in the folder of the replica)'],
  ['tokenFile', 'file here with the token that everybody must have who connects'],
]);

function onNode(option: Option): Option {
  const description = ON_NODE.get(option.attributeName());
  return description === undefined ? option : new Option(option.flags, description);
}

async function replica(hosts: readonly string[], flags: Flags, command: Command): Promise<number> {
  // What makes no sense is told before any node hears of it.
  const settings = readFlags(flags);
  const order = await makeOrder(settings, flags, command);
  const count = parseCount(flags.replicas ?? '1');
  if (hosts.length > 0 && flags.replicas !== undefined) {
    throw new UsageError('-k chooses nodes: name them, or give -k');
  }
  const isMore = order.boot !== undefined && flags.replicas === undefined;
  const logins =
    hosts.length > 0 ? loginsOf(hosts) : await chooseNodes(loginsOf([]), order, { count, isMore });
  for (const { host } of logins) print(`Starting replica on ${host}`);
  if (settings.nameService !== undefined) {
    const needs = { ...settings.nameService, isSudo: flags.sudo === true };
    // Every node has it before anything is started.
    const ready = await onEach(logins, (login, tellIt) =>
      prepareNameServer(login, order, needs, tellIt),
    );
    if (ready.some(({ error }) => error !== undefined)) return sumUp(ready, 'can be name servers');
  }
  const outcomes = await launchTogether(logins, order, (host, text) => tell(host)(text));
  return sumUp(outcomes, 'run a replica');
}

async function makeOrder(
  { disk, host, objectName, port }: ReplicaSettings,
  { boot, tokenFile }: Flags,
  command: Command,
): Promise<Order> {
  const { text: token, warning } = readToken(
    { ...(tokenFile !== undefined && { tokenFile }) },
    process.env,
  );
  if (warning !== undefined) say(`openreplica: ${warning}`);
  if (boot === undefined && objectName === undefined) {
    throw new UsageError(
      '-o names the object to found an instance with; to join one, name it with -b',
    );
  }
  const object = objectName === undefined ? undefined : await carry(objectName);
  const name = object?.name ?? objectName;
  return {
    args: [...(name === undefined ? [] : [`--objectname=${name}`]), ...passedOn(command)],
    durable: disk,
    ...(host !== undefined && { addr: host }),
    ...(port !== undefined && { port }),
    ...(boot !== undefined && { boot }),
    ...(object !== undefined && { object }),
    ...(token !== undefined && { token }),
  };
}

/** The flags as they were given, each in one word that can only be this flag. */
export function passedOn(command: Command, ours: ReadonlySet<string> = OURS): readonly string[] {
  return command.options.flatMap((option) => {
    const key = option.attributeName();
    if (ours.has(key) || command.getOptionValueSource(key) !== 'cli') return [];
    const value: unknown = command.getOptionValue(key);
    const flag = option.long ?? option.short ?? '';
    return [value === true ? flag : `${flag}=${String(value)}`];
  });
}

/** A class of the user's, with everything that it imports. */
async function carry(name: string): Promise<Order['object']> {
  if (isOurs(name)) return undefined;
  const paths = splitSearchPath(process.env['CONCOORD_PATH']);
  try {
    const { bundle } = await readClass(name, { paths, directory: process.cwd() });
    return { name: bundle.name, packed: Buffer.from(encodeBundle(bundle)).toString('base64') };
  } finally {
    endBundler();
  }
}
