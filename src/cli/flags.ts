import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { domainToASCII } from 'node:url';
import { readName } from '../base/index.ts';
import { DEFAULT_TTL, MAX_DOMAIN_CHARACTERS } from '../dns/index.ts';
import { parseAddress, parsePort } from './address.ts';
import type { HostPort } from './address.ts';
import { readWhereabouts } from './find-members.ts';
import type { Whereabouts } from './find-members.ts';
import type { Sandbox } from './programs.ts';
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
  readonly hostedZone?: string;
  readonly writetodisk?: true;
  readonly debug?: true;
  readonly dataDir?: string;
  readonly dns?: string;
  readonly dnsPort?: string;
  readonly dnsTtl?: string;
  readonly tokenFile?: string;
  readonly sandbox?: string;
}

/** As they are meant. */
export interface ReplicaSettings {
  /** Undefined when `-a` was not given, which means 127.0.0.1. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Of `-b`; undefined where it is not given. */
  readonly bootstrap: Whereabouts | undefined;
  readonly objectName: string | undefined;
  readonly disk: boolean;
  readonly dataDirectory: string | undefined;
  readonly sandbox: Sandbox;
  readonly debug: boolean;
  /** Of the log daemon. */
  readonly logger: HostPort | undefined;
  /** Of `-n`; undefined where it is not given. */
  readonly nameService: NameService | undefined;
}

/** What the name server answers for, and where. */
export interface NameService {
  /** In ASCII, in lower case, without a dot at its end. */
  readonly domain: string;
  readonly port: number;
  /** Seconds. */
  readonly ttl: number;
  /** Of `-r`: Route 53 answers, and not this replica. */
  readonly route53: { readonly zoneId: string | undefined } | undefined;
}

const DNS_PORT = 53;
/** A day: what was true so long ago says nothing of a view. */
const MAX_TTL = 86_400;

/** @throws UsageError for what makes no sense. */
export function readFlags(flags: ReplicaFlags): ReplicaSettings {
  if (flags.dataDir !== undefined && flags.writetodisk !== true) {
    throw new UsageError('--data-dir says where -w writes: give -w as well');
  }
  return {
    host: flags.addr === undefined ? undefined : readHost(flags.addr),
    port: flags.port === undefined ? undefined : parsePort(flags.port),
    bootstrap: readBootstrap(flags),
    objectName: flags.objectname,
    disk: flags.writetodisk === true,
    dataDirectory: flags.dataDir,
    sandbox: readSandbox(flags.sandbox),
    debug: flags.debug === true,
    logger: flags.logger === undefined ? undefined : parseAddress(flags.logger),
    nameService: readNameService(flags),
  };
}

function readNameService(flags: ReplicaFlags): NameService | undefined {
  const { addr = '', domainname, dnsPort, dnsTtl } = flags;
  if (domainname === undefined) {
    refuseWithoutDomain(flags);
    return undefined;
  }
  const domain = readDomain(domainname);
  const host = addr.toLowerCase().replace(/\.$/, '');
  if (host === domain || host.endsWith(`.${domain}`)) {
    throw new UsageError(
      `-a ${addr} is a name in the domain that this replica answers for: give its address instead`,
    );
  }
  const port = dnsPort === undefined ? DNS_PORT : parsePort(dnsPort);
  const ttl = dnsTtl === undefined ? DEFAULT_TTL : readTtl(dnsTtl);
  return { domain, port, ttl, route53: readRoute53(flags) };
}

function refuseWithoutDomain({ dnsPort, dnsTtl, hostedZone, route53 }: ReplicaFlags): void {
  const given: readonly (readonly [unknown, string])[] = [
    [route53, '-r publishes a domain to Route 53'],
    [hostedZone, '--hosted-zone is of Route 53'],
    [dnsPort, '--dns-port is of the name server'],
    [dnsTtl, '--dns-ttl is of the name server'],
  ];
  const [fact] = given.flatMap(([flag, text]) => (flag === undefined ? [] : [text]));
  if (fact !== undefined) throw new UsageError(`${fact}: give the domain with -n as well`);
}

function readRoute53({ dnsPort, hostedZone, route53 }: ReplicaFlags): NameService['route53'] {
  if (route53 === undefined) {
    if (hostedZone === undefined) return undefined;
    throw new UsageError('--hosted-zone is of Route 53: give -r as well');
  }
  if (dnsPort !== undefined) {
    throw new UsageError(
      '--dns-port: with -r Route 53 answers, and no port is opened; leave one out',
    );
  }
  const zoneId = hostedZone?.replace(/^\/hostedzone\//, '');
  if (zoneId !== undefined && !/^[A-Z0-9]{1,32}$/.test(zoneId)) {
    throw new UsageError(`--hosted-zone '${hostedZone}': an id such as Z0123456789ABCDEFGHIJ`);
  }
  return { zoneId };
}

function readDomain(text: string): string {
  const read = readName(text.trim(), 'domain', domainToASCII);
  if ('fault' in read) throw new UsageError(`-n '${text}': ${read.fault}`);
  if (read.name.length <= MAX_DOMAIN_CHARACTERS) return read.name;
  throw new UsageError(
    `-n: the domain has ${read.name.length} characters, and the most is ${MAX_DOMAIN_CHARACTERS}, since ` +
      'the names of members stand before it',
  );
}

function readTtl(text: string): number {
  const ttl = Number(text);
  if (/^\d{1,5}$/.test(text) && ttl <= MAX_TTL) return ttl;
  throw new UsageError(`--dns-ttl '${text}': a number of seconds from 0 to ${MAX_TTL}`);
}

function readSandbox(text = 'isolate'): Sandbox {
  if (text === 'isolate' || text === 'vm') return text;
  throw new UsageError(`--sandbox ${JSON.stringify(text)}: there are isolate and vm`);
}

function readHost(text: string): string {
  const host = text.trim().replace(/^\[(.*)\]$/, '$1');
  if (host === '' || /[\s,[\]]/.test(host) || /^[^:]*:\d+$/.test(host)) {
    throw new UsageError(`'${text}' is no address to bind: write a host, and the port with -p`);
  }
  if (isUnspecified(host)) {
    throw new UsageError(
      `'${text}' is every address of this machine, and others cannot dial that: give -a one that they ` +
        `reach, such as ${reachableAddress(isIPv6(host) ? 'IPv6' : 'IPv4')}`,
    );
  }
  return host;
}

/** `0.0.0.0` and `::`, however they are written. */
function isUnspecified(host: string): boolean {
  if (!isIPv6(host)) return /^0+(?:\.0+){0,3}$/.test(host);
  return /^(?:0{1,4}|:)*:(?:ffff:)?(?:0{1,4}|0\.0\.0\.0)?$/i.test(host);
}

function reachableAddress(family: 'IPv4' | 'IPv6'): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = all.filter((one) => !one.internal && !one.address.startsWith('fe80:'));
  const fallback = family === 'IPv4' ? '127.0.0.1' : '::1';
  return (own.find((one) => one.family === family) ?? own[0])?.address ?? fallback;
}

function readBootstrap({ boot, dns }: ReplicaFlags): Whereabouts | undefined {
  if (boot === undefined) {
    if (dns === undefined) return undefined;
    throw new UsageError('--dns says who is asked for the names in -b: give -b as well');
  }
  // An unset variable of the shell: without -b this replica would found an instance of its own.
  if (/^[\s,]*$/.test(boot)) {
    throw new UsageError(
      '-b is empty: name members as addr:port or by a domain, or leave -b out to found',
    );
  }
  try {
    return readWhereabouts(boot, dns);
  } catch (error) {
    if (!(error instanceof UsageError) || error.message.startsWith('--dns')) throw error;
    throw new UsageError(`-b: ${error.message}`);
  }
}
