import { Command } from 'commander';
import type { Option } from 'commander';
import { addAddNode } from './openreplica-addnode.ts';
import { addConfig } from './openreplica-config.ts';
import { addMaintain } from './openreplica-maintain.ts';
import { addNodes } from './openreplica-nodes.ts';
import { addPlace } from './openreplica-place.ts';
import { addReplicaCommands } from './openreplica-replica.ts';
import { addRoute53 } from './openreplica-route53.ts';
import { addSetup } from './openreplica-setup.ts';
import { addWatch } from './openreplica-watch.ts';
import { complainOfUsage } from './usage.ts';
import { version } from './version.ts';

/** Takes the exit code of the command that was run. */
export type Finish = (code: number) => void;

/** A command is a file: it adds itself, with its arguments and flags. */
const COMMANDS: readonly ((program: Command, finish: Finish) => void)[] = [
  addConfig,
  addAddNode,
  addNodes,
  addPlace,
  addSetup,
  addRoute53,
  addWatch,
];

/** @param replicaOptions Those of `concoord replica`. */
export function openreplica(finish: Finish, replicaOptions: readonly Option[]): Command {
  const program = new Command('openreplica')
    .description('Puts replicas on machines that you reach by ssh.')
    .version(version(), '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: complainOfUsage('openreplica') })
    .enablePositionalOptions();
  for (const add of COMMANDS) add(program, finish);
  addReplicaCommands(program, finish, replicaOptions);
  addMaintain(program, finish, replicaOptions);
  return program;
}
