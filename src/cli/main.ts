import { Command, CommanderError } from 'commander';
import type { Option } from 'commander';
import { OWN_SHADOW } from '../platform/index.ts';
import { health } from './health-command.ts';
import { readWhereabouts } from './find-members.ts';
import type { Whereabouts } from './find-members.ts';
import { locks } from './locks-command.ts';
import type { LocksFlags } from './locks-command.ts';
import type { BundleFlags } from './bundle-command.ts';
import type { LogDaemonFlags } from './logdaemon-command.ts';
import type { Objects } from './programs.ts';
import { complain, endQuietlyWithReader, EXIT, say } from './output.ts';
import { members, remove, transfer } from './members-command.ts';
import { complainOfUsage } from './usage.ts';
import type { ObjectFlags } from './object-command.ts';
import { openreplica } from './openreplica.ts';
import { recover } from './recover-command.ts';
import { replica } from './replica-command.ts';
import type { ReplicaFlags } from './replica-command.ts';
import type { ReplFlags } from './repl-command.ts';
import { route53 } from './route53-command.ts';
import { status } from './status-command.ts';
import { readToken } from './token-source.ts';
import type { FoundToken, TokenFlags } from './token-source.ts';
import { version } from './version.ts';

const OWN_OBJECTS: Objects = { types: [], shadow: OWN_SHADOW };

const DNS_OPTION = ['--dns <server>', 'addr:port of the name server to ask for names'] as const;
const PLACES = ['<addresses>', 'addr:port[,addr:port…] of any members, or their domain'] as const;
const TOKEN_OPTION = ['--token-file <file>', 'file with the token of the instance'] as const;

/**
 * The command line.
 *
 * @param argv The name of the program (`concoord` or `openreplica`), then its arguments.
 * @param objects What replicas can run beside the built-in types.
 * @returns The exit code: 0 done, 1 failed, 2 wrong usage.
 */
export async function main(
  argv: readonly string[],
  objects: Objects = OWN_OBJECTS,
): Promise<number> {
  endQuietlyWithReader();
  const [program = 'concoord', ...args] = argv;
  let exitCode: number = EXIT.done;
  const command =
    program === 'openreplica'
      ? openreplica((code) => (exitCode = code), replicaOptions(objects))
      : concoord(objects, (code) => (exitCode = code));
  const [first, ...rest] = args;
  // Subcommands are matched case-insensitively.
  const words =
    first === undefined || first.startsWith('-') ? args : [first.toLowerCase(), ...rest];
  try {
    if (words.length === 0) {
      command.outputHelp();
      return EXIT.done;
    }
    await command.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return complain(program, error);
  }
}

function concoord(objects: Objects, finish: (code: number) => void): Command {
  const program = new Command('concoord')
    .description(
      'Replicates objects of plain classes, so that they outlive the machines they run on.',
    )
    .version(version(), '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: complainOfUsage('concoord') })
    .enablePositionalOptions();
  addReplica(program, objects, finish);
  program
    .command('status')
    .description('show who leads, who lags, and how many failures are tolerated')
    .argument(...PLACES)
    .option('--json', 'print JSON')
    .option(...DNS_OPTION)
    .option(...TOKEN_OPTION)
    .action(async (list: string, options: CommonFlags & { json?: boolean }) =>
      finish(await status(placesOf(list, options), options, tokenOf(options).token)),
    );
  program
    .command('recover')
    .description('offline, when a majority is lost: begin a new generation from one directory')
    .requiredOption('--data-dir <dir>', 'directory of the replica to start from')
    .option('--force', 'do it; without, only say what would be kept and what may be lost')
    .action(async (options: { dataDir: string; force?: boolean }) =>
      finish(await recover(options)),
    );
  for (const add of [
    addMembership,
    addHealth,
    addLocks,
    addObject,
    addLogDaemon,
    addBundle,
    addRepl,
    addRoute53,
  ]) {
    add(program, finish);
  }
  return program;
}

function addMembership(program: Command, finish: (code: number) => void): void {
  program
    .command('members')
    .description('list the members of the view')
    .argument(...PLACES)
    .option(...DNS_OPTION)
    .option(...TOKEN_OPTION)
    .action(async (list: string, options: CommonFlags) =>
      finish(await members(placesOf(list, options), tokenOf(options).token)),
    );
  program
    .command('remove')
    .description('remove a member from the view')
    .argument(...PLACES)
    .argument('<member>', 'addr:port of the member to remove')
    .option('--force', 'accept that fewer failures are tolerated')
    .option(...DNS_OPTION)
    .option(...TOKEN_OPTION)
    .action(async (list: string, member: string, options: CommonFlags & { force?: boolean }) =>
      finish(await remove(placesOf(list, options), member, options, tokenOf(options).token)),
    );
  program
    .command('transfer')
    .description('hand leadership to another member')
    .argument(...PLACES)
    .argument('[member]', 'addr:port of the next leader; the most advanced one when left out')
    .option(...DNS_OPTION)
    .option(...TOKEN_OPTION)
    .action(async (list: string, member: string | undefined, options: CommonFlags) =>
      finish(await transfer(placesOf(list, options), member, tokenOf(options).token)),
    );
}

function addHealth(program: Command, finish: (code: number) => void): void {
  program
    .command('health')
    .description('for probes: whether this replica votes, has caught up, and knows who leads')
    .argument('<address>', 'addr:port of one replica')
    .option('--live', 'only whether it answers, which needs no majority')
    .option(...TOKEN_OPTION)
    .action(async (address: string, options: TokenFlags & { live?: boolean }) =>
      finish(await health(address, options, tokenOf(options).token)),
    );
}

function addLocks(program: Command, finish: (code: number) => void): void {
  program
    .command('locks')
    .description('list who owns what of the object and who waits for it, or end one of them')
    .argument(...PLACES)
    .option('--json', 'print JSON')
    .option('--end <call>', 'SESSION:NUMBER: take from this call what it owns, or end its wait')
    .option(...DNS_OPTION)
    .option(...TOKEN_OPTION)
    .action(async (list: string, options: LocksFlags & CommonFlags) =>
      finish(await locks(placesOf(list, options), options, tokenOf(options))),
    );
}

/** What every command takes that speaks to replicas. */
interface CommonFlags extends TokenFlags {
  readonly dns?: string;
}

function placesOf(list: string, { dns }: CommonFlags): Whereabouts {
  return readWhereabouts(list, dns);
}

/** Of a command that is over soon: what is to be said is said at once. */
function tokenOf(flags: TokenFlags): FoundToken {
  const found = readToken(flags, process.env);
  if (found.warning !== undefined) say(`concoord: ${found.warning}`);
  return found;
}

function addRepl(program: Command, finish: (code: number) => void): void {
  program
    .command('repl')
    .description('try objects at a prompt that awaits by itself, or with lines from a pipe')
    .argument(
      '[addresses]',
      'addr:port[,addr:port…] of members, or their domain; their object is then c',
    )
    .option('-o, --objectname <name>', 'object, module.Class; replicas know it by themselves')
    .option(...DNS_OPTION)
    .option(...TOKEN_OPTION)
    .action(async (list: string | undefined, flags: ReplFlags & TokenFlags) => {
      const { text } = tokenOf(flags);
      // Nobody else needs a parser.
      const { repl } = await import('./repl-command.ts');
      finish(await repl(list, flags, text));
    });
}

/** What `openreplica replica` takes as well. */
function replicaOptions(objects: Objects): readonly Option[] {
  const program = new Command();
  addReplica(program, objects, () => undefined);
  return program.commands.flatMap(({ options }) => options);
}

function addReplica(program: Command, objects: Objects, finish: (code: number) => void): void {
  program
    .command('replica')
    .description('start a replica, which founds an instance or joins one')
    .option('-a, --addr <addr>', 'address to bind and advertise (default 127.0.0.1)')
    .option('-p, --port <port>', 'port (default: first free of 14000 to 15000)')
    .option(
      '-b, --boot <bootstrap>',
      'addr:port[,addr:port…] of members of the instance to join, or its domain',
    )
    .option('--dns <server>', 'addr:port of the name server to ask for names in -b')
    .option('-o, --objectname <name>', 'object, module.Class')
    .option('-l, --logger <logger>', 'addr:port of a log daemon, which gets every line as well')
    .option('-n, --domainname <domain>', 'be a name server for this domain')
    .option('-r, --route53', 'publish the domain to Route 53, and answer nothing here')
    .option('--hosted-zone <id>', 'with -r: which hosted zone, where the name does not say it')
    .option('-w, --writetodisk', 'keep votes and snapshots on disk')
    .option(
      '-d, --debug',
      'log more; on a terminal, with a shell beside the log: help lists its commands',
    )
    .option('--data-dir <dir>', 'where -w writes (default ./concoord-data/<addr>-<port>)')
    .option('--dns-port <port>', 'port of the name server (default 53)')
    .option('--dns-ttl <seconds>', 'for how long others may remember its answers (default 30)')
    .option('--token-file <file>', 'file with the token that everybody must have who connects')
    .option(
      '--sandbox <kind>',
      'where classes of yours run: isolate (default), or vm, which is no wall',
    )
    .action(async (flags: ReplicaFlags) => finish(await replica(flags, objects)));
}

function addObject(program: Command, finish: (code: number) => void): void {
  program
    .command('object')
    .description('write the proxy of a class of yours')
    .option('-o, --objectname <name>', 'the class, module.Class or ./path/file.ts#Class')
    .option('-t, --token <token>', 'token that calls carry; not written without --embed-token')
    .option(
      '-p, --proxytype <type>',
      '0 basic (default), 1 blocking, 2 and 3 batching at client, server',
    )
    .option('-s, --safe', 'check that the class is safe to run before the proxy is written')
    .option('-v, --verbose', 'print each step')
    .option('--out <dir>', 'where the proxy is written (default: beside the source)')
    .option('--js', 'write JavaScript and declarations, also for a TypeScript source')
    .option('--standalone', 'write JavaScript that needs no package: the client engine is in it')
    .option('--embed-token', 'write the token of -t into the file; whoever reads it can call')
    .option('--force', 'overwrite a file that was not generated')
    .action(async (flags: ObjectFlags) => {
      // Only here: the parser takes a while to load, and replicas do not need it.
      const { object } = await import('./object-command.ts');
      finish(await object(flags));
    });
}

function addLogDaemon(program: Command, finish: (code: number) => void): void {
  program
    .command('logdaemon')
    .description('collect the lines of replicas that were started with -l, as one stream')
    .option('-a, --addr <addr>', 'address to listen at (default 127.0.0.1)')
    .option('-p, --port <port>', 'port (default 12000)')
    .option('--out <file>', 'write them to this file as well; then none is lost or written twice')
    .option('--rotate-bytes <bytes>', 'begin another file when it has so many (default 67108864)')
    .option('--keep <count>', 'so many older files, FILE.1 and so on (default 5)')
    .option('-q, --quiet', 'only to the file, not to stdout')
    .option('-d, --debug', 'log more of the daemon itself')
    .action(async (flags: LogDaemonFlags) => {
      const { logdaemon } = await import('./logdaemon-command.ts');
      finish(await logdaemon(flags));
    });
}

function addBundle(program: Command, finish: (code: number) => void): void {
  program
    .command('bundle')
    .description('write one file that runs replicas, or clients, with Node.js alone')
    // The name is all that is said when it is left out.
    .argument('<server|client>', 'what it runs')
    .option('--objects <names>', 'classes of yours to put in with their proxies: module.Class,…')
    .option('-p, --proxytype <type>', 'type of their proxies, as for object (default 0)')
    .option(
      '--platform <name>',
      'what replicas will run on, such as linux-arm64 (default: as here)',
    )
    .option('--out <file>', 'where it is written (default ./concoordserver.tar.gz or …client…)')
    .action(async (kind: string, flags: BundleFlags) => {
      // It has the bundler with it.
      const { bundle } = await import('./bundle-command.ts');
      finish(await bundle(kind, flags));
    });
}

function addRoute53(program: Command, finish: (code: number) => void): void {
  const commands = [
    ['route53id', 'id', 'store the AWS_ACCESS_KEY_ID for replicas with -r'],
    ['route53key', 'secret', 'store the AWS_SECRET_ACCESS_KEY for replicas with -r'],
  ] as const;
  for (const [name, part, description] of commands) {
    program
      .command(name)
      .description(description)
      .argument('<value>', 'or - to read it from stdin, where nobody else sees it')
      .action(async (value: string) => finish(await route53(part, value)));
  }
}
