import { isIP } from 'node:net';
import { readName } from '../base/index.ts';

/** As `node:dns` gives them; they come from outside. */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

export interface SrvTarget {
  readonly host: string;
  readonly port: number;
}

/** Of hundreds of records, so many are looked at: each costs two questions, and any replica will do. */
export const MOST_TARGETS = 16;

/**
 * The order in which targets are tried (RFC 2782): the least priority first, and by lot, weighted, among
 * equals. What cannot be dialled is left out: the root, port 0, and what is no name.
 *
 * @param random Uniform from 0 to 1, without 1.
 */
export function srvOrder(records: readonly SrvRecord[], random: () => number): SrvTarget[] {
  const usable = records.flatMap((record) => {
    const host = hostOf(record.name);
    if (host === undefined || !isWithin(record.port, 1)) return [];
    const weight = isWithin(record.weight, 0) ? record.weight : 0;
    const priority = isWithin(record.priority, 0) ? record.priority : 65_535;
    // The least of exponentially distributed lots is drawn with a chance in proportion to its weight; those
    // of weight 0 come last, in any order.
    const lot = weight === 0 ? 1e9 + random() : -Math.log(1 - random()) / weight;
    return [{ host, port: record.port, priority, lot }];
  });
  usable.sort((a, b) => a.priority - b.priority || a.lot - b.lot);
  const targets = new Map(usable.map(({ host, port }) => [`${host} ${port}`, { host, port }]));
  return [...targets.values()].slice(0, MOST_TARGETS);
}

function hostOf(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  if (isIP(name) !== 0) return name;
  const read = readName(name, 'host');
  return 'name' in read ? read.name : undefined;
}

function isWithin(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= 65_535;
}
