import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ConCoordError } from '../base/index.ts';
import { ConfigFile, explain, parseHosts, place } from '../launcher/index.ts';
import type { Choice, PlacedNode } from '../launcher/index.ts';
import type { Finish } from './openreplica.ts';
import { EXIT, print, UsageError } from './output.ts';

/** More than an instance has members: a choice can be for several. */
const MAX_HOSTS = 100_000;

interface PlaceFlags {
  readonly replicas: string;
  readonly hosts?: string;
  readonly taken?: string;
  readonly json?: true;
}

/** `place`: which nodes an instance would be put on, and why; nothing is started. */
export function addPlace(program: Command, finish: Finish): void {
  program
    .command('place')
    .description('choose the nodes that have least in common, and say what they share')
    .option('-k, --replicas <number>', 'how many', '5')
    .option('--hosts <file>', "choose among these: lines 'HOST GROUP,GROUP'; - is stdin")
    .option('--taken <hosts>', 'hosts that have a replica already: not chosen, and to differ from')
    .option('--json', 'print JSON')
    .action((flags: PlaceFlags) => finish(choose(flags)));
}

function choose({ replicas, hosts, taken = '', json }: PlaceFlags): number {
  const count = parseCount(replicas);
  const nodes = hosts === undefined ? new ConfigFile().read().nodes : parseHosts(readHosts(hosts));
  const choices = place(nodes, count, known(taken, nodes));
  if (json === true) print(JSON.stringify({ chosen: choices.map(toJson) }, undefined, 2));
  else for (const line of table(choices)) print(line);
  return EXIT.done;
}

/** @throws UsageError for what is no number of replicas. */
export function parseCount(text: string): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_HOSTS) return count;
  throw new UsageError(`-k ${JSON.stringify(text)}: write a number from 1 to ${MAX_HOSTS}`);
}

function readHosts(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConCoordError('INVALID_ARGUMENT', `${file} cannot be read: ${code}`, {
      remedy: 'Name a file of hosts with --hosts, or - for stdin.',
    });
  }
}

function known(taken: string, nodes: readonly PlacedNode[]): readonly PlacedNode[] {
  const names = taken.split(',').map((name) => name.trim());
  const byHost = new Map(nodes.map((node) => [node.host, node]));
  return names.flatMap((name) => {
    if (name === '') return [];
    const node = byHost.get(name);
    if (node === undefined)
      throw new UsageError(`--taken ${JSON.stringify(name)} is no known host`);
    return [node];
  });
}

function toJson({ node, shared }: Choice): object {
  return { host: node.host, groups: node.groups, shared };
}

function table(choices: readonly Choice[]): readonly string[] {
  const width = Math.max(...choices.map(({ node }) => node.host.length));
  return choices.map((choice) => `${choice.node.host.padEnd(width)}  ${explain(choice)}`);
}
