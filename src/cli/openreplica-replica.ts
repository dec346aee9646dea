import type { Command, Option } from 'commander';
import { ConCoordError } from '../base/index.ts';
import { carrySdk, callAgent, launchTogether } from '../launcher/index.ts';
import type { Login, Order } from '../launcher/index.ts';
import { encodeBundle, endBundler, readClass, splitSearchPath } from '../loading/index.ts';
import { parsePort } from './address.ts';
import { chooseNodes } from './openreplica-choose.ts';
import { loginsOf, onEach, sumUp, tell } from './openreplica-kit.ts';
import { parseCount } from './openreplica-place.ts';
import type { Finish } from './openreplica.ts';
import { EXIT, print, say, UsageError } from './output.ts';
import { isOurs } from './programs.ts';
import { readToken } from './token-source.ts';

interface Flags {
  readonly addr?: string;
  readonly port?: string;
  readonly boot?: string;
  readonly objectname?: string;
  readonly domainname?: string;
  readonly route53?: true;
  readonly dnsPort?: string;
  readonly writetodisk?: true;
  readonly tokenFile?: string;
  readonly sudo?: true;
  readonly replicas?: string;
}

/** What is not passed on as it is: an address, and what lies in files of this machine. */
const OURS = new Set(['addr', 'port', 'boot', 'objectname', 'tokenFile', 'sudo', 'replicas']);
const DNS_PORT = 53;

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
    for (const option of options) command.addOption(option);
    command
      .option(
        '-k, --replicas <number>',
        'so many nodes, chosen so that they share little (default 1)',
      )
      .option('--sudo', 'for port 53: give our Node.js there the right to bind it, by sudo setcap')
      .action(async (hosts: string[], flags: Flags, self: Command) => {
        if (name === 'nameserver' && flags.domainname === undefined) {
          throw new UsageError('nameserver: name the domain with -n; without one it is a replica');
        }
        finish(await replica(hosts, flags, self));
      });
  }
}

async function replica(hosts: readonly string[], flags: Flags, command: Command): Promise<number> {
  const order = await makeOrder(flags, command);
  const count = parseCount(flags.replicas ?? '1');
  if (hosts.length > 0 && flags.replicas !== undefined) {
    throw new UsageError('-k chooses nodes: name them, or give -k');
  }
  const isMore = order.boot !== undefined && flags.replicas === undefined;
  const logins =
    hosts.length > 0 ? loginsOf(hosts) : await chooseNodes(loginsOf([]), order, { count, isMore });
  for (const { host } of logins) print(`Starting replica on ${host}`);
  if (!(await prepare(logins, flags))) return EXIT.failed;
  const outcomes = await launchTogether(logins, order, (host, text) => tell(host)(text));
  return sumUp(outcomes, 'run a replica');
}

/** What a name server needs of its node; every node has it before anything is started. */
async function prepare(logins: readonly Login[], flags: Flags): Promise<boolean> {
  const { addr, domainname, dnsPort, route53, sudo } = flags;
  if (domainname === undefined) return true;
  const outcomes = await onEach(logins, async (login, tellIt) => {
    if (route53 === true) {
      await carrySdk(login, tellIt);
      return;
    }
    const port = dnsPort === undefined ? DNS_PORT : parsePort(dnsPort);
    const request = {
      do: 'bind',
      port,
      sudo: sudo === true,
      ...(addr !== undefined && { addr }),
    } as const;
    const { free, node, why } = await callAgent(login, request);
    if (free) return;
    tellIt(`The Nameserver cannot bind to socket ${port}. Try another instance.`);
    throw new ConCoordError('REMOTE_NODE', `${login.host}: port ${port} cannot be bound (${why})`, {
      remedy: remedyFor(why, node),
    });
  });
  const isReady = outcomes.every(({ error }) => error === undefined);
  if (!isReady) sumUp(outcomes, 'can be name servers');
  return isReady;
}

function remedyFor(why: string, node: string): string {
  const byHand = `sudo setcap cap_net_bind_service=+ep ${node}; or give --dns-port with a port above 1023.`;
  if (why === 'EACCES') return `Give --sudo; or run there: ${byHand}`;
  if (why.startsWith('sudo'))
    return `Let that user run setcap by sudo without a password; or run there: ${byHand}`;
  return 'Stop what has it there, or name another with --dns-port.';
}

async function makeOrder(flags: Flags, command: Command): Promise<Order> {
  const { addr, boot, objectname, port, tokenFile, writetodisk } = flags;
  const { text: token, warning } = readToken(
    { ...(tokenFile !== undefined && { tokenFile }) },
    process.env,
  );
  if (warning !== undefined) say(`openreplica: ${warning}`);
  if (boot?.trim() === '') {
    throw new UsageError('-b is empty: name members as addr:port, or leave -b out to found');
  }
  if (boot === undefined && objectname === undefined) {
    throw new UsageError(
      '-o names the object to found an instance with; to join one, name it with -b',
    );
  }
  const object = objectname === undefined ? undefined : await carry(objectname);
  const name = object?.name ?? objectname;
  return {
    args: [...(name === undefined ? [] : [`--objectname=${name}`]), ...passedOn(command)],
    durable: writetodisk === true,
    ...(addr !== undefined && { addr: addr.replace(/^\[(.*)\]$/, '$1') }),
    ...(port !== undefined && { port: parsePort(port) }),
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
