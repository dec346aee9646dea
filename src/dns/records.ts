import { isIPv4, isIPv6 } from 'node:net';
import { MAX_NAME_CHARACTERS, SERVICE_LABELS } from '../base/index.ts';

/** A replica; as `NAMESERVER`, one that answers for the domain as well. */
export interface Node {
  readonly kind: 'REPLICA' | 'NAMESERVER';
  /** An address, or a host name. */
  readonly host: string;
  readonly port: number;
}

/** Who is in the applied view. */
export interface Roll {
  readonly epoch: number;
  readonly nodes: readonly Node[];
}

export interface Service {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** Where authority over the zone begins (RFC 1035, 3.3.13); all times in seconds. */
export interface Authority {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** Records of one name and type. Names are in lower case and have no dot at their end. */
export type RecordSet = { readonly name: string; readonly ttl: number } & (
  | { readonly type: 'A' | 'AAAA' | 'NS'; readonly data: readonly string[] }
  | { readonly type: 'SRV'; readonly data: readonly Service[] }
  /** Each record is a list of strings of at most 255 bytes. */
  | { readonly type: 'TXT'; readonly data: readonly (readonly string[])[] }
  | { readonly type: 'SOA'; readonly data: readonly Authority[] }
);

export const DEFAULT_TTL = 30;

/** As the original had them. */
const PRIORITY = 0;
const WEIGHT = 100;
/** Nobody copies the zone from us, so these three only have to make sense. */
const REFRESH = 3600;
const RETRY = 600;
const EXPIRE = 86_400;
const MAX_STRING_BYTES = 255;
const MAX_LABEL_BYTES = 63;
/** In a longer domain the names of hosts have no room: the longest label is that of an IPv6 address. */
export const MAX_DOMAIN_CHARACTERS =
  MAX_NAME_CHARACTERS - 'ip6-ffff-ffff-ffff-ffff-ffff-ffff-ffff-ffff.'.length;

/**
 * The records of a domain: who is in the view, by address (A, AAAA), by address and port (SRV, whose
 * targets have addresses in the same zone), all nodes as text (TXT); and when some of them are name
 * servers, these (NS) and the begin of their authority (SOA). Types without records are left out.
 *
 * @param domain In lower case, without a dot at its end.
 */
export function makeRecordSets(domain: string, roll: Roll, ttl = DEFAULT_TTL): RecordSet[] {
  const nodes = roll.nodes.map(withPlainHost).filter(isPrintable).sort(byPlace);
  const found: RecordSet[] = [];
  const add = (set: RecordSet): void => void (set.data.length > 0 && found.push(set));
  add({ name: domain, type: 'A', ttl, data: hostsOf(nodes, isIPv4) });
  add({ name: domain, type: 'AAAA', ttl, data: hostsOf(nodes, isGlobalForm) });
  add({ name: `${SERVICE_LABELS}.${domain}`, type: 'SRV', ttl, data: servicesOf(domain, nodes) });
  if (nodes.length > 0) add({ name: domain, type: 'TXT', ttl, data: [textOf(nodes)] });
  for (const host of hostsOf(nodes, isIPv4)) {
    add({ name: hostName(host, domain) ?? '', type: 'A', ttl, data: [host] });
  }
  for (const host of hostsOf(nodes, isGlobalForm)) {
    add({ name: hostName(host, domain) ?? '', type: 'AAAA', ttl, data: [host] });
  }
  return [...found, ...authorityOf(domain, nodes, { epoch: roll.epoch, ttl })];
}

function authorityOf(
  domain: string,
  nodes: readonly Node[],
  { epoch, ttl }: { readonly epoch: number; readonly ttl: number },
): RecordSet[] {
  const names = unique(
    nodes.filter(({ kind }) => kind === 'NAMESERVER').map(({ host }) => hostName(host, domain)),
  );
  const [mname] = names;
  if (mname === undefined) return [];
  const soa: Authority = {
    mname,
    rname: `hostmaster.${domain}`,
    serial: epoch % 2 ** 32,
    refresh: REFRESH,
    retry: RETRY,
    expire: EXPIRE,
    minimum: ttl,
  };
  return [
    { name: domain, type: 'NS', ttl, data: names },
    { name: domain, type: 'SOA', ttl, data: [soa] },
  ];
}

function servicesOf(domain: string, nodes: readonly Node[]): Service[] {
  return nodes.flatMap(({ host, port }) => {
    const target = hostName(host, domain);
    return target === undefined ? [] : [{ priority: PRIORITY, weight: WEIGHT, port, target }];
  });
}

/**
 * The name by which others find this host: one inside the domain that has its address, or its own when it
 * is a name already. Undefined for what no name can stand for: an address that means something on one
 * machine only (`fe80::1%eth0`), and names inside the domain, to which nobody gives an address.
 */
export function hostName(host: string, domain: string): string | undefined {
  if (isIPv4(host)) return `ip4-${host.replaceAll('.', '-')}.${domain}`;
  if (isGlobalForm(host)) return `ip6-${groupsOf(host).join('-')}.${domain}`;
  const name = host.toLowerCase().replace(/\.$/, '');
  const inside = name === domain || name.endsWith(`.${domain}`);
  return inside || !isHostName(name) ? undefined : name;
}

/** Each IPv6 address in the one form that others write as well. */
function withPlainHost(node: Node): Node {
  return isGlobalForm(node.host) ? { ...node, host: shortForm(node.host) } : node;
}

/** Addresses come from other replicas, and what stands in a zone must not be taken for something else. */
function isPrintable({ host }: Node): boolean {
  return /^[!-~]+$/.test(host) && !/["\\;]/.test(host);
}

/** The parser of URLs writes an IPv4 tail as two groups, and all groups in their shortest form. */
function shortForm(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

function isGlobalForm(host: string): boolean {
  return isIPv6(host) && !host.includes('%');
}

/** The eight groups of an IPv6 address without leading zeros, so that each address has one name. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = shortForm(address).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}

function isHostName(name: string): boolean {
  const labels = name.split('.');
  const fits = (label: string): boolean =>
    label.length <= MAX_LABEL_BYTES && /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/.test(label);
  return name.length <= MAX_NAME_CHARACTERS && labels.every(fits);
}

/** `REPLICA a:p;NAMESERVER a:p`, cut behind semicolons where that is possible. */
function textOf(nodes: readonly Node[]): string[] {
  const strings: string[] = [];
  let last = '';
  const all = nodes.map((node, at) => showNode(node) + (at < nodes.length - 1 ? ';' : ''));
  for (const part of all.flatMap(pieces)) {
    if (last.length + part.length > MAX_STRING_BYTES) {
      strings.push(last);
      last = '';
    }
    last += part;
  }
  return [...strings, last];
}

/** A node of the longest host name alone is longer than a string may be. */
function pieces(text: string): string[] {
  return text.match(/.{1,255}/gs) ?? [];
}

function showNode({ kind, host, port }: Node): string {
  return `${kind} ${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function hostsOf(nodes: readonly Node[], fits: (host: string) => boolean): string[] {
  return unique(nodes.map(({ host }) => (fits(host) ? host : undefined)));
}

function unique(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** In one order on every replica, so that all answer alike. */
function byPlace(a: Node, b: Node): number {
  if (a.host !== b.host) return a.host < b.host ? -1 : 1;
  return a.port - b.port;
}

/** The values of a set as zone files have them, and Route 53. */
export function showValues(set: RecordSet): string[] {
  switch (set.type) {
    case 'A':
    case 'AAAA':
      return [...set.data];
    case 'NS':
      return set.data.map((name) => `${name}.`);
    case 'SRV':
      return set.data.map(
        ({ priority, weight, port, target }) => `${priority} ${weight} ${port} ${target}.`,
      );
    case 'TXT':
      return set.data.map((strings) => strings.map((text) => `"${text}"`).join(' '));
    case 'SOA':
      return set.data.map(
        ({ mname, rname, serial, refresh, retry, expire, minimum }) =>
          `${mname}. ${rname}. ${serial} ${refresh} ${retry} ${expire} ${minimum}`,
      );
  }
}
