import type { Command } from 'commander';
import { checkHost, ConfigFile } from '../launcher/index.ts';
import type { Finish } from './openreplica.ts';
import { EXIT, print, say } from './output.ts';

/** `nodes`, `removenode`: which machines there are. */
export function addNodes(program: Command, finish: Finish): void {
  program
    .command('nodes')
    .description('list the nodes, with their failure groups')
    .option('--json', 'print JSON')
    .action((flags: { json?: boolean }) => finish(nodes(flags)));
  program
    .command('removenode')
    .description('forget a node; what runs there goes on')
    .argument('<host...>', 'hosts that addnode has added')
    .action((hosts: string[]) => finish(removeNodes(hosts)));
}

function nodes({ json }: { readonly json?: boolean }): number {
  const { nodes: all } = new ConfigFile().read();
  if (json === true) {
    print(JSON.stringify(all, undefined, 2));
    return EXIT.done;
  }
  if (all.length === 0) print('There are no nodes: add one with openreplica addnode HOST.');
  for (const { host, user, port, groups } of all) {
    const login = user === undefined ? '' : `  user ${user}`;
    const gate = port === undefined ? '' : `  port ${port}`;
    const failure = groups.length === 0 ? '' : `  groups ${groups.join(',')}`;
    print(`${host}${login}${gate}${failure}`);
  }
  return EXIT.done;
}

function removeNodes(hosts: readonly string[]): number {
  const config = new ConfigFile();
  let code: number = EXIT.done;
  for (const host of hosts.map(checkHost)) {
    if (config.removeNode(host)) {
      print(`Removing NODE from CONFIG: ${host}`);
      continue;
    }
    say(`openreplica: ${host} is not in the configuration; openreplica nodes lists what is`);
    code = EXIT.failed;
  }
  return code;
}
