import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { ConnectionError, limits, readName } from '../base/index.ts';
import type { NameUse } from '../base/index.ts';

/** One element of a connection string. */
export type Target =
  /** `host` is an address or a name, IPv6 without brackets. */
  | { readonly kind: 'host'; readonly host: string; readonly port: number }
  /** Its replicas are listed by the name server of the domain. */
  | { readonly kind: 'domain'; readonly domain: string };

const MAX_TARGETS = 64;

/**
 * Reads `host:port` (IPv6 as `[::1]:14000`) and domain names without a port, separated by commas.
 *
 * @throws ConnectionError when it is malformed.
 */
export function parseConnectString(text: unknown): readonly Target[] {
  if (typeof text !== 'string') {
    throw malformed(`a connection string is a string, not ${text === null ? 'null' : typeof text}`);
  }
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > MAX_TARGETS) throw malformed(`more than ${MAX_TARGETS} addresses`);
  const targets = new Map<string, Target>();
  for (const part of parts) {
    const target = parseTarget(part, text);
    targets.set(showTarget(target), target);
  }
  return [...targets.values()];
}

/** As it is written in a connection string. */
export function showTarget(target: Target): string {
  if (target.kind === 'domain') return target.domain;
  const { host, port } = target;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseTarget(part: string, whole: string): Target {
  if (part === '') {
    throw malformed(whole.trim() === '' ? 'it is empty' : `'${whole}' has an empty element`);
  }
  if (part.length > limits.MAX_ADDRESS_BYTES) throw malformed('an element is too long');
  if (isIPv6(part)) throw malformed(`'${part}' has no port: write [${part}]:14000`);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(part);
  if (scheme !== null) throw malformed(`'${part}' is a URL: write host:port, without ${scheme[0]}`);
  if (/[;|\s]/.test(part)) throw malformed(`'${part}': addresses are separated by commas`);
  const bare = /^([^[\]]*:[^[\]]*):(\d{1,5})$/.exec(part);
  if (bare !== null && isIPv6(bare[1] ?? '')) {
    throw malformed(`'${part}' needs brackets: write [${bare[1]}]:${bare[2]}`);
  }
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(part);
  if (bracketed !== null) {
    const host = bracketed[1] ?? '';
    if (!isIPv6(host)) throw malformed(`'${host}' in '${part}' is no IPv6 address`);
    return { kind: 'host', host, port: parsePort(bracketed[2], part) };
  }
  const colon = part.indexOf(':');
  if (colon !== -1) {
    const text = part.slice(0, colon);
    const host = isIP(text) === 0 ? nameIn(text, 'host') : text;
    // To the system, a name with the dot of the root is another one than that without.
    const root = text.endsWith('.') ? '.' : '';
    return { kind: 'host', host: host + root, port: parsePort(part.slice(colon + 1), part) };
  }
  // A single label is no domain of anybody's: the port is missing.
  if (isIP(part) !== 0 || /^[a-z0-9_-]+$/i.test(part)) {
    throw malformed(`'${part}' has no port: write ${part}:14000`);
  }
  return { kind: 'domain', domain: nameIn(part, 'domain') };
}

function parsePort(text: string | undefined, part: string): number {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw malformed(`'${part}' needs a port from 1 to 65535`);
  return port;
}

function nameIn(text: string, use: NameUse): string {
  const read = readName(text, use, domainToASCII);
  if ('name' in read) return read.name;
  throw malformed(`'${text}' is no ${use === 'host' ? 'host name' : 'domain'}: ${read.fault}`);
}

function malformed(why: string): ConnectionError {
  return new ConnectionError(`malformed connection string: ${why}`, {
    retryable: false,
    remedy:
      "Write host:port, separated by commas, such as '127.0.0.1:14000, [::1]:14001', or a domain.",
  });
}
