import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { readName } from '../base/index.ts';
import { isServerAddress, Names } from '../naming/index.ts';
import type { Target } from '../naming/index.ts';
import { parseAddress, showAddress } from './address.ts';
import type { HostPort } from './address.ts';
import { UsageError } from './output.ts';

/** Where members are, as a user writes it: addresses, and domains that list them. */
export interface Whereabouts {
  readonly targets: readonly Target[];
  /** `addr:port` of the name server that is asked for names; undefined asks the system. */
  readonly dns: string | undefined;
}

/**
 * Reads `addr:port[,addr:port…]`, with domains in any place.
 *
 * @throws UsageError
 */
export function readWhereabouts(list: string, dns?: string): Whereabouts {
  checkServer(dns);
  const parts = list.split(',').map((part) => part.trim());
  const targets = parts.filter((part) => part !== '').map(readTarget);
  if (targets.length === 0) throw new UsageError(`'${list}' names no address`);
  const byName = new Map(targets.map((target) => [showWhereabout(target), target]));
  return { targets: [...byName.values()], dns };
}

/** @throws UsageError when what `--dns` gives is no name server's address. */
export function checkServer(dns: string | undefined): void {
  if (dns === undefined || isServerAddress(dns)) return;
  const example = 'such as 127.0.0.1:53 or [::1]:53';
  throw new UsageError(`--dns ${dns}: give the address of a name server, ${example}`);
}

export function showWhereabout(target: Target): string {
  return target.kind === 'domain' ? target.domain : showAddress(target);
}

function readTarget(part: string): Target {
  // A single label is no domain of anybody's, and three numbers are no address.
  if (isIP(part) !== 0 || /^(?:[a-z0-9_-]+|[\d.]+)$/i.test(part)) {
    const example = isIPv6(part) ? `[${part}]:14000` : `${part}:14000`;
    throw new UsageError(`${part} has no port: write ${example}`);
  }
  if (/[:[\]\s]/.test(part)) return { kind: 'host', ...parseAddress(part) };
  const read = readName(part, 'domain', domainToASCII);
  if ('name' in read) return { kind: 'domain', domain: read.name };
  throw new UsageError(`'${part}' is no address and no domain: ${read.fault}`);
}

/**
 * The addresses of members. Those that are written stay as they are, unless a name server was given for their
 * names. What leads nowhere is passed over as long as something else leads somewhere.
 *
 * @throws ConCoordError `CONNECTION` when nothing does.
 */
export async function findMembers({ targets, dns }: Whereabouts): Promise<readonly HostPort[]> {
  const names = new Names(dns);
  const answers = await Promise.allSettled(
    targets.map(async (target): Promise<readonly HostPort[]> => {
      const isKnown = target.kind === 'host' && (dns === undefined || isIP(target.host) !== 0);
      if (isKnown) return [target];
      const found = await names.find(target);
      return found.map(({ address, port }) => ({ host: address, port }));
    }),
  );
  const found = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failed = answers.find((one) => one.status === 'rejected');
  if (found.length === 0 && failed !== undefined) throw failed.reason;
  return [...new Map(found.map((one) => [showAddress(one), one])).values()];
}
