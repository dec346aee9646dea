import { Command } from 'commander';
import { addConfig } from './openreplica-config.ts';
import { addNodes } from './openreplica-nodes.ts';
import { complainOfUsage } from './usage.ts';
import { version } from './version.ts';

/** Takes the exit code of the command that was run. */
export type Finish = (code: number) => void;

/** A command is a file: it adds itself, with its arguments and flags. */
const COMMANDS: readonly ((program: Command, finish: Finish) => void)[] = [addConfig, addNodes];

export function openreplica(finish: Finish): Command {
  const program = new Command('openreplica')
    .description('Puts replicas on machines that you reach by ssh.')
    .version(version(), '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: complainOfUsage('openreplica') })
    .enablePositionalOptions();
  for (const add of COMMANDS) add(program, finish);
  return program;
}
