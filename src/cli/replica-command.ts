import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { ConCoordError, Random } from '../base/index.ts';
import type { Household } from '../host/index.ts';
import { builtInNames, findBuiltIn } from '../library/index.ts';
import type { ObjectType } from '../object/index.ts';
import { makeView } from '../paxos/index.ts';
import type { Member } from '../paxos/index.ts';
import {
  defaultDataDirectory,
  engineFingerprint,
  joinAddress,
  listDataDirectories,
  openDataDirectory,
  splitAddress,
} from '../platform/index.ts';
import type { DataDirectory } from '../platform/index.ts';
import type { Welcome } from '../wire/index.ts';
import { parseAddress, showAddress } from './address.ts';
import type { HostPort } from './address.ts';
import { consoleLogger } from './console-logger.ts';
import { ask } from './control.ts';
import { readFlags } from './flags.ts';
import type { ReplicaFlags, ReplicaSettings } from './flags.ts';
import { UsageError } from './output.ts';
import { runReplica } from './run-replica.ts';

export type { ReplicaFlags } from './flags.ts';

const FIRST_PORT = 14_000;
const LAST_PORT = 15_000;
const BOOTSTRAP_PATIENCE_MS = 60_000;
const BOOTSTRAP_PAUSE_MS = 200;
const DEFAULT_HOST = '127.0.0.1';

/** Who a replica will be, and how it came to that. */
export interface Birth {
  readonly how: 'founds' | 'joins' | 'continues';
  readonly household: Household;
  readonly object: ObjectType;
  readonly contacts: readonly Member[];
  readonly directory: DataDirectory | undefined;
}

/** What a replica is told, and what it can run beside our own objects. */
interface Settings extends ReplicaSettings {
  readonly objects: readonly ObjectType[];
}

/** `concoord replica`: runs until a signal, or until the replica must end. */
export async function replica(
  flags: ReplicaFlags,
  objects: readonly ObjectType[],
): Promise<number> {
  const settings = { ...readFlags(flags, process.env), objects };
  const address = await chooseAddress(settings);
  const logger = consoleLogger(address, settings.debug ? 'debug' : 'info');
  const path = directoryPath(settings, address);
  const directory = path === undefined ? undefined : openDataDirectory(path, { address });
  try {
    const birth = await beBorn(settings, address, directory);
    return await runReplica(birth, logger);
  } finally {
    directory?.close();
  }
}

/** The address from the flags, from the only directory there is, or with the first free port. */
async function chooseAddress(settings: ReplicaSettings): Promise<string> {
  const { host, port, disk, dataDirectory } = settings;
  if (port !== undefined) return joinAddress(host ?? DEFAULT_HOST, port);
  if (disk) {
    const known = knownAddress(dataDirectory, host);
    if (known !== undefined) return known;
  }
  return joinAddress(host ?? DEFAULT_HOST, await firstFreePort(host ?? DEFAULT_HOST));
}

function knownAddress(
  dataDirectory: string | undefined,
  host: string | undefined,
): string | undefined {
  if (dataDirectory !== undefined) {
    const directory = listDataDirectories(`${dataDirectory}/..`).find(({ path }) =>
      samePath(path, dataDirectory),
    );
    return directory?.identity.address;
  }
  const here = listDataDirectories().filter(
    ({ identity }) => host === undefined || splitAddress(identity.address).host === host,
  );
  if (here.length > 1) {
    const paths = here.map(({ path }) => path).join(', ');
    throw new UsageError(`several directories are here: ${paths}; say which with -p or --data-dir`);
  }
  return here[0]?.identity.address;
}

function samePath(a: string, b: string): boolean {
  const tail = (path: string): string => path.replaceAll(/\/+$/g, '').split('/').at(-1) ?? '';
  return tail(a) === tail(b);
}

async function firstFreePort(host: string): Promise<number> {
  for (let port = FIRST_PORT; port <= LAST_PORT; port++) {
    if (await isFree(host, port)) return port;
  }
  throw new ConCoordError(
    'ADDRESS_IN_USE',
    `no port from ${FIRST_PORT} to ${LAST_PORT} is free at ${host}`,
  );
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(new ConCoordError('CONNECTION', `cannot listen at ${host}: ${error.code}`));
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

function directoryPath(settings: ReplicaSettings, address: string): string | undefined {
  if (!settings.disk) return undefined;
  const { host, port } = parseAddress(address);
  return settings.dataDirectory ?? defaultDataDirectory(host, port);
}

async function beBorn(
  settings: Settings,
  address: string,
  directory: DataDirectory | undefined,
): Promise<Birth> {
  if (directory?.identity !== undefined) return continueLife(settings, directory);
  return settings.bootstrap.length > 0
    ? join(settings, address, directory)
    : found(settings, address, directory);
}

/** A directory knows everything: `-b` and `-o` are not needed, and `-o` must not contradict it. */
function continueLife(settings: Settings, directory: DataDirectory): Birth {
  const { identity } = directory;
  if (identity === undefined) throw new UsageError('there is nothing to continue');
  const object = findObject(identity.objectName, settings);
  if (settings.objectName !== undefined && settings.objectName !== identity.objectName) {
    throw codeMismatch(settings.objectName, identity.objectName, identity.codeHash);
  }
  const household = {
    ...describe(object),
    instance: identity.instance,
    generation: identity.generation,
    genesis: identity.genesis,
    self: { id: identity.id, address: identity.address, durable: true },
    incarnation: identity.incarnation,
  };
  if (household.codeHash !== identity.codeHash) {
    throw new ConCoordError(
      'CODE_MISMATCH',
      `${identity.objectName} is now ${household.codeHash}, and was ${identity.codeHash}`,
    );
  }
  return { how: 'continues', household, object, contacts: [], directory };
}

function found(settings: Settings, address: string, directory: DataDirectory | undefined): Birth {
  if (settings.objectName === undefined) {
    throw new UsageError(
      '-o names the object to found an instance with; to join one, name it with -b',
    );
  }
  const object = findObject(settings.objectName, settings);
  const self = { id: newReplicaId(), address, durable: settings.disk };
  const household = {
    ...describe(object),
    instance: randomBytes(16).toString('hex'),
    generation: 1,
    genesis: makeView(1, 1, [self]),
    self,
    incarnation: 1,
  };
  return { how: 'founds', household, object, contacts: [], directory };
}

async function join(
  settings: Settings,
  address: string,
  directory: DataDirectory | undefined,
): Promise<Birth> {
  const others = settings.bootstrap.filter((other) => showAddress(other) !== address);
  if (others.length === 0)
    throw new UsageError('-b names only this replica itself; name another member');
  const welcome = await contact(others);
  const object = findObject(welcome.objectName, settings);
  const description = describe(object);
  if (settings.objectName !== undefined && settings.objectName !== welcome.objectName) {
    throw codeMismatch(settings.objectName, welcome.objectName, welcome.codeHash);
  }
  if (description.codeHash !== welcome.codeHash) {
    throw new ConCoordError(
      'CODE_MISMATCH',
      `the instance runs code ${welcome.codeHash}, this library has ${description.codeHash}`,
    );
  }
  const { instance, generation, genesis, view } = welcome;
  const self = { id: newReplicaId(), address, durable: settings.disk };
  const household = { ...description, instance, generation, genesis, self, incarnation: 1 };
  return { how: 'joins', household, object, contacts: view.members, directory };
}

/** Asks bootstrap addresses in turn until one answers. A joiner never founds. */
async function contact(addresses: readonly HostPort[]): Promise<Welcome> {
  const deadline = Date.now() + BOOTSTRAP_PATIENCE_MS;
  let last = '';
  for (let turn = 0; Date.now() < deadline; turn++) {
    const address = addresses[turn % addresses.length] as HostPort;
    try {
      return (await ask(address, undefined, Math.min(3000, deadline - Date.now()))).welcome;
    } catch (error) {
      if (!(error instanceof ConCoordError) || error.code === 'VERSION_MISMATCH') throw error;
      last = error.message;
    }
    if (turn % addresses.length === addresses.length - 1) {
      await new Promise((resolve) => setTimeout(resolve, BOOTSTRAP_PAUSE_MS));
    }
  }
  const names = addresses.map(showAddress).join(', ');
  throw new ConCoordError(
    'BOOTSTRAP_UNREACHABLE',
    `no member answered at ${names} within ${BOOTSTRAP_PATIENCE_MS / 1000} s (${last})`,
  );
}

function findObject(name: string, { objects }: Settings): ObjectType {
  const object = objects.find((type) => type.name === name) ?? findBuiltIn(name);
  if (object !== undefined) return object;
  throw new ConCoordError(
    'UNSUPPORTED',
    `not yet: ${name} is no object of this library, and your own classes come with a later release`,
    { remedy: `Built in: ${builtInNames().join(', ')}.` },
  );
}

function describe(
  object: ObjectType,
): Pick<Household, 'objectName' | 'codeHash' | 'engine' | 'methods'> {
  const code = JSON.stringify([object.name, object.version, object.methods]);
  return {
    objectName: object.name,
    codeHash: createHash('sha256').update(code).digest('hex'),
    engine: engineFingerprint(),
    methods: object.methods,
  };
}

function codeMismatch(given: string, wanted: string, hash: string): ConCoordError {
  return new ConCoordError(
    'CODE_MISMATCH',
    `-o says ${given}, but the instance runs ${wanted} (${hash})`,
  );
}

function newReplicaId(): number {
  return new Random(randomBytes(6).readUIntBE(0, 6)).id48();
}
