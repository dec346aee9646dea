import { createServer } from 'node:net';
import { ConCoordError } from '../base/index.ts';
import type { DataDirectory, Logger } from '../platform/index.ts';
import {
  defaultDataDirectory,
  holdsReplica,
  joinAddress,
  listDataDirectories,
  openDataDirectory,
  splitAddress,
} from '../platform/index.ts';
import { endBundler } from '../loading/index.ts';
import { LogShipper } from '../logging/index.ts';
import { parseAddress } from './address.ts';
import { beBorn } from './birth.ts';
import type { Settings } from './birth.ts';
import type { Objects } from './programs.ts';
import { consoleLogger, networkLogger } from './console-logger.ts';
import { readFlags } from './flags.ts';
import type { ReplicaFlags, ReplicaSettings } from './flags.ts';
import { complain, say, UsageError } from './output.ts';
import { runReplica } from './run-replica.ts';
import type { Surroundings } from './run-replica.ts';
import { shellWith } from './shell-replica.ts';
import { readToken } from './token-source.ts';

export type { ReplicaFlags } from './flags.ts';

const FIRST_PORT = 14_000;
const LAST_PORT = 15_000;
const NO_WALL =
  '--sandbox vm is no wall: a class that means harm gets hold of this process, and one that computes ' +
  'for long holds up the replica';
/** How long the end of a replica waits for the log daemon to have its last lines. */
const FAREWELL_MS = 5000;
/** The same, for a daemon that was not there. */
const ABSENT_MS = 1000;
const DEFAULT_HOST = '127.0.0.1';

/** `concoord replica`: runs until a signal, or until the replica must end. */
export async function replica(flags: ReplicaFlags, objects: Objects): Promise<number> {
  const { text, token, warning } = readToken(flags, process.env);
  const meant = readFlags(flags);
  const { sandbox } = meant;
  const settings = { ...meant, objects: { ...objects, sandbox }, token };
  const address = await chooseAddress(settings);
  const console = consoleLogger(address, settings.debug ? 'debug' : 'info');
  const shipper =
    settings.logger === undefined
      ? undefined
      : new LogShipper({ ...settings.logger, replica: address, reporter: console });
  const logger = shipper === undefined ? console : networkLogger(address, settings.debug, shipper);
  if (warning !== undefined) logger.warn(warning);
  if (sandbox === 'vm') logger.warn(NO_WALL);
  /** What a replica ends with is no line of its log, but the first that people look for there. */
  const lastWords = (message: string): void => {
    shipper?.ship({ time: new Date().toISOString(), level: 'error', replica: address, message });
  };
  try {
    const tell = (line: string): void => {
      say(line);
      lastWords(line);
    };
    const shell = settings.debug ? shellWith(text) : undefined;
    return await live(settings, address, { logger, lastWords: tell, shell });
  } catch (error) {
    complain('concoord', error, lastWords);
    throw error;
  } finally {
    await farewell(shipper, console);
  }
}

async function live(
  settings: Settings,
  address: string,
  surroundings: Surroundings,
): Promise<number> {
  const { logger } = surroundings;
  const path = directoryPath(settings, address);
  const directory = await directoryAt(path, address, settings, logger);
  try {
    const birth = await beBorn(settings, address, directory, logger).finally(endBundler);
    return await runReplica(birth, settings.nameService, surroundings);
  } finally {
    directory?.close();
  }
}

async function farewell(shipper: LogShipper | undefined, console: Logger): Promise<void> {
  const report = await shipper?.close(FAREWELL_MS, ABSENT_MS);
  if (report === undefined || report.left === 0) return;
  console.warn(`${report.left} lines have not reached the log daemon`);
}

/** @throws ConCoordError `ADDRESS_IN_USE` rather than what is wrong with a directory for this port. */
async function directoryAt(
  path: string | undefined,
  address: string,
  settings: ReplicaSettings,
  logger: Logger,
): Promise<DataDirectory | undefined> {
  try {
    if (path !== undefined) return openDataDirectory(path, { address });
    refuseForgotten(settings, address, logger);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConCoordError) || error.code !== 'DATA_DIRECTORY') throw error;
    const { host, port } = parseAddress(address);
    // Only now, and not before: whoever listens for a moment can be met by members that dial this address.
    const isTaken = !(await isFree(host, port).catch(() => true));
    throw isTaken
      ? new ConCoordError('ADDRESS_IN_USE', `cannot listen at ${address}: EADDRINUSE`)
      : error;
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
      else {
        const remedy = 'Give -a an address of this machine.';
        reject(
          new ConCoordError('CONNECTION', `cannot listen at ${host}: ${error.code}`, { remedy }),
        );
      }
    });
    // Members dial addresses that they have lost; what they begin here must not keep the probe open.
    probe.on('connection', (socket) => socket.destroy());
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * Without -w a replica does not look at its directory, and a founder would serve an empty instance although
 * everything is there.
 */
function refuseForgotten(settings: ReplicaSettings, address: string, logger: Logger): void {
  const { host, port } = parseAddress(address);
  const path = defaultDataDirectory(host, port);
  if (!holdsReplica(path)) return;
  const fact = `${path} holds the replica at ${address}, and -w is not given`;
  if (settings.bootstrap !== undefined) {
    logger.warn(`${fact}: joins as a new member, in memory`);
    return;
  }
  throw new ConCoordError('DATA_DIRECTORY', fact, {
    remedy: 'Give -w to continue it, or move the directory away to found a new instance.',
  });
}

function directoryPath(settings: ReplicaSettings, address: string): string | undefined {
  if (!settings.disk) return undefined;
  const { host, port } = parseAddress(address);
  return settings.dataDirectory ?? defaultDataDirectory(host, port);
}
