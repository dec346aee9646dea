import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { ConfigFile, keyPath } from '../launcher/index.ts';
import type { Finish } from './openreplica.ts';
import { EXIT, print, say } from './output.ts';

/** `config`, `addsshkey`, `addusername`: what holds for all nodes. */
export function addConfig(program: Command, finish: Finish): void {
  program
    .command('config')
    .description('print the configuration')
    .action(() => finish(config()));
  program
    .command('addsshkey')
    .description('name the ssh key to log in with')
    .argument('<sshkeyfilename>', 'a file in ~/.ssh, or a path')
    .action((name: string) => finish(addSshKey(name)));
  program
    .command('addusername')
    .description('name the user to log in as')
    .argument('<username>')
    .action((name: string) => finish(addUsername(name)));
}

function config(): number {
  const { nodes, sshKeyFile = '', username = '' } = new ConfigFile().read();
  print(`NODES= ${nodes.map(({ host }) => host).join(',')}`);
  print(`SSH_KEY_FILE= ${sshKeyFile}`);
  print(`USERNAME= ${username}`);
  return EXIT.done;
}

function addSshKey(name: string): number {
  const isNew = new ConfigFile().setKeyFile(name);
  print(`Adding SSHKEY to CONFIG: ${name}`);
  if (!isNew) print('SSHKEY is already in the CONFIG file.');
  const path = keyPath(name);
  // Else ssh would say no more than that it is not let in.
  if (!existsSync(path)) {
    say(`openreplica: there is no ${path} yet: put the key there before addnode`);
  }
  return EXIT.done;
}

function addUsername(name: string): number {
  const isNew = new ConfigFile().setUsername(name);
  print(`Adding USERNAME to CONFIG: ${name}`);
  if (!isNew) print('USERNAME is already in the CONFIG file.');
  return EXIT.done;
}
