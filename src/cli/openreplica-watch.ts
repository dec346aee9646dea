import type { Command } from 'commander';
import { callAgent } from '../launcher/index.ts';
import type { AgentRequest, Login, ReplicaReport } from '../launcher/index.ts';
import { loginsOf, onEach, sumUp } from './openreplica-kit.ts';
import type { Finish } from './openreplica.ts';
import { EXIT, print, UsageError } from './output.ts';

interface LogFlags {
  readonly replica?: string;
  readonly lines: string;
  readonly follow?: true;
}

interface StopFlags {
  readonly replica?: string;
  readonly all?: true;
  readonly forget?: true;
  readonly force?: true;
}

const MOST_LINES = 100_000;

/** `status`, `stop`, `logs`: what runs on nodes. */
export function addWatch(program: Command, finish: Finish): void {
  program
    .command('status')
    .description('show what runs on the nodes')
    .argument('[host...]', 'nodes; all when left out')
    .option('--json', 'print JSON')
    .action(async (hosts: string[], flags: { json?: true }) => finish(await status(hosts, flags)));
  program
    .command('stop')
    .description('stop replicas, which hand leadership over; those with -w stay members')
    .argument('[host...]', 'nodes')
    .option('--replica <addr:port>', 'only this one')
    .option('--all', 'on all nodes')
    .option(
      '--forget',
      'take them out of the view, and remove their folders there: logs, and with -w their disks',
    )
    .option('--force', 'with --forget: whatever it costs, a majority or the whole instance as well')
    .action(async (hosts: string[], flags: StopFlags) => finish(await stop(hosts, flags)));
  program
    .command('logs')
    .description('print the logs of replicas')
    .argument('<host...>', 'nodes')
    .option('--replica <addr:port>', 'only this one')
    .option('-n, --lines <count>', 'so many lines of each', '100')
    .option('-f, --follow', 'go on with what is logged from now on')
    .action(async (hosts: string[], flags: LogFlags) => finish(await logs(hosts, flags)));
}

async function status(
  hosts: readonly string[],
  { json }: { readonly json?: true },
): Promise<number> {
  const outcomes = await onEach(loginsOf(hosts), (login) => callAgent(login, { do: 'list' }));
  if (json === true) {
    const plain = outcomes.map(({ error, host, value }) => ({
      host,
      ...value,
      error: error?.message,
    }));
    print(JSON.stringify(plain, undefined, 2));
  } else {
    for (const { host, value } of outcomes) {
      if (value === undefined) continue;
      print(`${host}: version ${value.version}, Node.js ${value.node}`);
      for (const replica of value.replicas) print(`  ${describe(replica)}`);
    }
  }
  const code = sumUp(
    outcomes.filter(({ error }) => error !== undefined),
    'answered',
  );
  const replicas = outcomes.flatMap(({ value }) => value?.replicas ?? []);
  const isWell = replicas.every(({ state }) => state === 'ready' || state === 'stopped');
  return code === EXIT.done && !isWell ? EXIT.failed : code;
}

function describe(replica: ReplicaReport): string {
  const { address, members, restarts, role, said, state, supervisor } = replica;
  const office = state === 'ready' && role !== undefined ? `, ${role} of ${members.length}` : '';
  const again = restarts === 0 ? '' : `, restarted ${restarts} times`;
  const by = supervisor === 'systemd' ? ', by systemd' : '';
  const why = state === 'ready' ? '' : `: ${said}`;
  return `${address} ${state}${office}${again}${by}${why}`;
}

async function stop(hosts: readonly string[], flags: StopFlags): Promise<number> {
  const { all, force, forget, replica } = flags;
  if (hosts.length === 0 && all !== true) {
    throw new UsageError('stop: name nodes, or give --all to stop the replicas of all of them');
  }
  if (force === true && forget !== true) {
    throw new UsageError('stop: --force says what --forget may cost; leave it out, or give both');
  }
  const logins = loginsOf(hosts);
  const what = replica === undefined ? {} : { replica };
  if (forget === true) {
    const request = { do: 'forget', force: force === true, ...what } as const;
    // One after the other: each is judged by the view that those before it have left behind.
    const outcomes = await onEach(logins, (login, say) => forgetOn(login, request, say), 1);
    return sumUp(outcomes, 'are done');
  }
  const outcomes = await onEach(logins, async (login, tellIt) => {
    const { stopped } = await callAgent(login, { do: 'stop', ...what }, {}, { say: tellIt });
    tellIt(stopped.length === 0 ? 'nothing ran' : `stopped ${stopped.join(', ')}`);
  });
  return sumUp(outcomes, 'are done');
}

async function forgetOn(
  login: Login,
  request: Extract<AgentRequest, { readonly do: 'forget' }>,
  tellIt: (text: string) => void,
): Promise<void> {
  const { forgotten } = await callAgent(login, request, {}, { say: tellIt });
  if (forgotten.length === 0) tellIt('nothing was there');
}

async function logs(
  hosts: readonly string[],
  { follow, lines, replica }: LogFlags,
): Promise<number> {
  if (!/^\d{1,6}$/.test(lines) || Number(lines) > MOST_LINES) {
    throw new UsageError(`--lines '${lines}': a number up to ${MOST_LINES}`);
  }
  const logins = loginsOf(hosts);
  const outcomes = await onEach(logins, (login, tellIt) => {
    const order = { lines: Number(lines), follow: follow === true };
    const request = { do: 'logs', ...order, ...(replica !== undefined && { replica }) } as const;
    return callAgent(login, request, {}, { log: logins.length === 1 ? print : tellIt });
  });
  return sumUp(
    outcomes.filter(({ error }) => error !== undefined),
    'answered',
  );
}
