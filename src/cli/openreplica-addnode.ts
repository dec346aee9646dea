import { connect } from 'node:net';
import type { Command } from 'commander';
import {
  checkHost,
  checkKeyFile,
  checkUser,
  ConfigFile,
  judge,
  judgeRuntime,
  LinkError,
  loginTo,
  neededBytes,
  ownFreight,
  parseGroups,
  parseNodePort,
  probe,
} from '../launcher/index.ts';
import type { LaunchNode } from '../launcher/index.ts';
import type { Finish } from './openreplica.ts';
import { complain, EXIT, print } from './output.ts';

interface Flags {
  readonly user?: string;
  readonly key?: string;
  readonly port?: string;
  readonly groups?: string;
  readonly acceptNew?: true;
}

/** What is not said is not there. */
type Named = Pick<LaunchNode, 'host'>;

/** About what a bundle has; the exact one is made by `setup`. */
const BUNDLE_BYTES = 8 * 1024 ** 2;
const FIRST_PORT = 14_000;
const KNOCK_MS = 3000;

/** `addnode`: a machine is looked at before it is registered. */
export function addAddNode(program: Command, finish: Finish): void {
  program
    .command('addnode')
    .description('check that a machine can run replicas, and register it')
    .argument('<host...>', 'host name, address, or alias of ssh_config')
    .option('--user <user>', 'log in there as this user')
    .option('--key <file>', 'log in there with this key: a file in ~/.ssh, or a path')
    .option('--port <port>', 'port of its ssh server')
    .option(
      '--groups <groups>',
      'f0,f1…: what it can fail together with, such as racks and switches',
    )
    .option('--accept-new', 'take its host key unseen, when none is known yet')
    .action(async (hosts: string[], flags: Flags) => finish(await addNodes(hosts, flags)));
}

async function addNodes(hosts: readonly string[], flags: Flags): Promise<number> {
  const nodes = hosts.map((host) => nodeOf(host, flags));
  let code: number = EXIT.done;
  for (const node of nodes) code = Math.max(code, await addNode(node, flags));
  return code;
}

function nodeOf(host: string, { groups, key, port, user }: Flags): Partial<LaunchNode> & Named {
  return {
    host: checkHost(host),
    ...(user !== undefined && { user: checkUser(user) }),
    ...(key !== undefined && { sshKeyFile: checkKeyFile(key) }),
    ...(port !== undefined && { port: parseNodePort(port) }),
    ...(groups !== undefined && { groups: parseGroups(groups) }),
  };
}

async function addNode(given: Partial<LaunchNode> & Named, { acceptNew }: Flags): Promise<number> {
  const file = new ConfigFile();
  const config = file.read();
  // What is not said again stays as it was.
  const known = config.nodes.find(({ host }) => host === given.host);
  const node: LaunchNode = { groups: [], ...known, ...given };
  const login = { ...loginTo(node, config), ...(acceptNew && { acceptNew }) };
  print(`Adding NODE to CONFIG: ${node.host}`);
  try {
    const facts = await probe(login);
    const runtime = judgeRuntime(facts, ownFreight(undefined));
    const findings = [
      ...judge(facts, neededBytes(facts, BUNDLE_BYTES)),
      ...(runtime ? [runtime] : []),
    ];
    for (const { text } of findings) print(`${node.host}: ${text}`);
    if (findings.some(({ fatal }) => fatal)) {
      print('The node was not added. Change what is said above, and try again!');
      return EXIT.failed;
    }
  } catch (error) {
    if (error instanceof LinkError) print('Cannot connect to node, check if it is up and running.');
    if (login.user === undefined) print('Add a username to connect to the nodes');
    return complain('openreplica', error);
  }
  if (!file.addNode(node)) print('Node is already in the CONFIG file.');
  if (await isFiltered(node.host)) {
    print(
      `${node.host}: port ${FIRST_PORT} does not answer from here; open 14000 to 15000 to replicas and ` +
        'clients (on EC2, in the security group)',
    );
  }
  return EXIT.done;
}

/**
 * Where nothing listens, a host says so at once; silence is a firewall. A name that only ssh knows tells
 * nothing.
 */
function isFiltered(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: FIRST_PORT });
    const answer = (isSilent: boolean): void => {
      socket.destroy();
      resolve(isSilent);
    };
    socket.setTimeout(KNOCK_MS, () => answer(true));
    socket.on('connect', () => answer(false)).on('error', () => answer(false));
  });
}
