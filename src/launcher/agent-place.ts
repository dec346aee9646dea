import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { ConCoordError } from '../base/index.ts';
import { folderName, listFolders, makeFolder } from './replica-folder.ts';
import type { Launch, ReplicaFolder } from './replica-folder.ts';
import { orderId } from './protocol.ts';
import type { StartRequest } from './protocol.ts';
import { bootFor } from './supervision.ts';

const FIRST_PORT = 14_000;
const LAST_PORT = 15_000;

/**
 * The replica that an order means: the one of the same order that is there, or a new one.
 *
 * @returns Undefined when it would have to found an instance and must not.
 */
export async function placeReplica(order: StartRequest): Promise<ReplicaFolder | undefined> {
  const { args, boot, durable, found, object, token } = order;
  const same = { args, durable, order: orderId(order) };
  const known = listFolders().find(({ launch }) => isSameOrder(launch, order, same.order));
  if (known !== undefined) {
    if (boot === undefined && !found && !canContinue(known)) return undefined;
    if (boot !== undefined && boot !== known.launch.boot && known.supervisorPid() === undefined) {
      known.reorder({ ...known.launch, boot });
    }
    return known;
  }
  if (boot === undefined && !found) return undefined;
  const addr = order.addr ?? cameIn();
  const port = order.port ?? (await freePort(addr));
  refuseTaken(addr, port);
  const launch: Launch = { format: 1, addr, port, ...same, ...(boot !== undefined && { boot }) };
  return makeFolder(launch, {
    ...(object && { object: { name: object.name, packed: Buffer.from(object.packed, 'base64') } }),
    ...(token !== undefined && { token }),
  });
}

/** Without `-p` a node has one replica of an order: the same command again means it. */
function isSameOrder(
  launch: Launch,
  { addr, port }: Pick<StartRequest, 'addr' | 'port'>,
  order: string,
): boolean {
  return (
    launch.order === order &&
    (port === undefined || launch.port === port) &&
    (addr === undefined || launch.addr === addr)
  );
}

/** Whether a replica runs that this order means. */
export function isRunning(place: Pick<StartRequest, 'addr' | 'port'>, order: string): boolean {
  return listFolders().some(
    (folder) => isSameOrder(folder.launch, place, order) && folder.supervisorPid() !== undefined,
  );
}

/** It runs, has a disk to go on from, or knows whom to join. */
function canContinue(folder: ReplicaFolder): boolean {
  const { address, launch, state } = folder;
  return (
    folder.supervisorPid() !== undefined ||
    (launch.durable && existsSync(folder.data)) ||
    bootFor(launch, address, state?.members ?? []) !== undefined
  );
}

function refuseTaken(addr: string, port: number): void {
  const other = listFolders().find(({ name }) => name === folderName(addr, port));
  if (other === undefined || other.supervisorPid() === undefined) return;
  throw new ConCoordError('REMOTE_NODE', `another replica runs at ${other.address}`, {
    remedy: 'Name another port with -p, or stop it with openreplica stop.',
  });
}

/** The address of this machine where ssh came in: the others can most likely dial it, too. */
export function cameIn(): string {
  const [, , address = ''] = (process.env['SSH_CONNECTION'] ?? '').split(' ');
  return address === '' ? '127.0.0.1' : address;
}

async function freePort(host: string): Promise<number> {
  const taken = new Set(listFolders().map(({ launch }) => launch.port));
  for (let port = FIRST_PORT; port <= LAST_PORT; port++) {
    if (!taken.has(port) && (await isFree(host, port))) return port;
  }
  throw new ConCoordError('ADDRESS_IN_USE', `no port of ${FIRST_PORT} to ${LAST_PORT} is free`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('connection', (socket) => socket.destroy());
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(new ConCoordError('CONNECTION', `cannot listen at ${host}: ${error.code}`));
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
