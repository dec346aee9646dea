import { ConCoordError } from '../base/index.ts';
import { parseAddresses, parsePort } from './address.ts';
import type { HostPort } from './address.ts';
import { UsageError } from './output.ts';

/** As the command line has them. */
export interface ReplicaFlags {
  readonly addr?: string;
  readonly port?: string;
  readonly boot?: string;
  readonly objectname?: string;
  readonly logger?: string;
  readonly domainname?: string;
  readonly route53?: true;
  readonly writetodisk?: true;
  readonly debug?: true;
  readonly dataDir?: string;
  readonly dnsPort?: string;
  readonly tokenFile?: string;
}

/** As they are meant. */
export interface ReplicaSettings {
  /** Undefined when `-a` was not given, which means 127.0.0.1. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly bootstrap: readonly HostPort[];
  readonly objectName: string | undefined;
  readonly disk: boolean;
  readonly dataDirectory: string | undefined;
  readonly debug: boolean;
}

/** Flags that are parsed already and come to life with a later release. */
const LATER: readonly (readonly [keyof ReplicaFlags, string])[] = [
  ['logger', '-l: a network logger; until then, redirect stderr'],
  ['domainname', '-n: the name server; until then, name the members by address'],
  ['route53', '-r: Route 53; until then, name the members by address'],
  ['dnsPort', '--dns-port: the name server; until then, name the members by address'],
  ['tokenFile', '--token-file: tokens; until then, protect the port by the network'],
];

/** @throws UsageError for what makes no sense; ConCoordError `UNSUPPORTED` for what comes later. */
export function readFlags(flags: ReplicaFlags, environment: NodeJS.ProcessEnv): ReplicaSettings {
  for (const [flag, text] of LATER) {
    if (flags[flag] !== undefined) throw notYet(text);
  }
  if ((environment['CONCOORD_TOKEN'] ?? '') !== '') {
    throw notYet(
      'CONCOORD_TOKEN: tokens; until then, unset it and protect the port by the network',
    );
  }
  if (flags.dataDir !== undefined && flags.writetodisk !== true) {
    throw new UsageError('--data-dir says where -w writes: give -w as well');
  }
  return {
    host: flags.addr === undefined ? undefined : readHost(flags.addr),
    port: flags.port === undefined ? undefined : parsePort(flags.port),
    bootstrap: flags.boot === undefined ? [] : readBootstrap(flags.boot),
    objectName: flags.objectname,
    disk: flags.writetodisk === true,
    dataDirectory: flags.dataDir,
    debug: flags.debug === true,
  };
}

function notYet(text: string): ConCoordError {
  return new ConCoordError('UNSUPPORTED', `not yet: ${text}`, { remedy: 'Leave it out for now.' });
}

function readHost(text: string): string {
  const host = text.trim().replace(/^\[(.*)\]$/, '$1');
  if (host === '' || /[\s,[\]]/.test(host) || /^[^:]*:\d+$/.test(host)) {
    throw new UsageError(`'${text}' is no address to bind: write a host, and the port with -p`);
  }
  return host;
}

function readBootstrap(text: string): readonly HostPort[] {
  if (!text.includes(':')) {
    throw notYet(
      '-b by domain name: comes with the name server; until then, name members as addr:port',
    );
  }
  return parseAddresses(text);
}
