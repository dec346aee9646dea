import type { Command } from 'commander';
import { callAgent, ownFreight, setUp } from '../launcher/index.ts';
import type { Login, ReplicaReport } from '../launcher/index.ts';
import { loginsOf, onEach, sumUp, tell } from './openreplica-kit.ts';
import type { Finish } from './openreplica.ts';
import { EXIT, print } from './output.ts';

interface Flags {
  readonly node?: string;
}

/** `setup` and `upgrade`: this version, on nodes. */
export function addSetup(program: Command, finish: Finish): void {
  program
    .command('setup')
    .description('install this version on nodes, in the home of the user there')
    .argument('[host...]', 'nodes; all when left out')
    .option('--node <file>', 'executable of a Node.js for nodes that have none that fits')
    .action(async (hosts: string[], flags: Flags) => finish(await setup(hosts, flags)));
  program
    .command('upgrade')
    .description('the same, and restart what runs there, one replica after the other')
    .argument('[host...]', 'nodes; all when left out')
    .option('--node <file>', 'executable of a Node.js for nodes that have none that fits')
    .action(async (hosts: string[], flags: Flags) => finish(await upgrade(hosts, flags)));
}

async function setup(hosts: readonly string[], { node }: Flags): Promise<number> {
  const freight = ownFreight(node);
  const outcomes = await onEach(loginsOf(hosts), async (login, tellIt) => {
    print(`Setting up ConCoord on ${login.host}`);
    const { changed, id } = await setUp(login, freight, tellIt);
    tellIt(changed ? `${id} is set up` : `${id} was set up already`);
  });
  return sumUp(outcomes, 'are set up');
}

async function upgrade(hosts: readonly string[], flags: Flags): Promise<number> {
  const code = await setup(hosts, flags);
  if (code !== EXIT.done) return code;
  const logins = loginsOf(hosts);
  const listed = await onEach(logins, async (login) => {
    const { replicas, version } = await callAgent(login, { do: 'list' });
    return replicas.filter((one) => one.version !== version && isRunning(one));
  });
  const all = listed.flatMap(({ value = [] }, index) =>
    value.map((replica) => ({ login: logins[index] as Login, replica })),
  );
  // Leadership is handed over once, instead of from one old version to the next.
  const ordered = all.toSorted((a, b) => rank(a.replica) - rank(b.replica));
  for (const { login, replica } of ordered) {
    const tellIt = tell(login.host);
    tellIt(`restarting ${replica.address}`);
    const done = await callAgent(
      login,
      { do: 'restart', replica: replica.name },
      {},
      { say: tellIt },
    );
    tellIt(done.replica.said);
  }
  return sumUp(listed, 'are up to date');
}

function isRunning({ state }: ReplicaReport): boolean {
  return state === 'ready' || state === 'starting' || state === 'waiting';
}

function rank({ role }: ReplicaReport): number {
  return role === 'leader' ? 1 : 0;
}
