import { encode } from 'dns-packet';
import type { Answer } from 'dns-packet';
import { makeRecordSets } from './records.ts';
import type { RecordSet, Roll } from './records.ts';
import { HEADER_BYTES, lowerCase, TYPE } from './wire-question.ts';

/** Records as they stand in packets. */
export interface Encoded {
  readonly count: number;
  readonly bytes: Buffer;
}

/** What the zone has for a question; `undefined` for those outside of it. */
export type Found =
  | { readonly rcode: 'NOERROR'; readonly answers: Encoded; readonly additionals: Encoded }
  /** The name has no record of this type (NODATA), or there is no such name: the SOA says for how long. */
  | { readonly rcode: 'NOERROR' | 'NXDOMAIN'; readonly authorities: Encoded };

interface Entry {
  readonly answers: Encoded;
  readonly additionals: Encoded;
}

/** Where the name of the question stands: its answers point there, so they have it as it was asked. */
const OWNER = Buffer.of(0xc0, HEADER_BYTES);

export const NOTHING: Encoded = { count: 0, bytes: Buffer.alloc(0) };

/**
 * The records of a domain, ready to be sent. Made anew for each view, so that answers cost next to nothing.
 */
export class Zone {
  readonly #domain: readonly string[];
  /** By name, then type; a name without types lies between others and has no records of its own. */
  readonly #names = new Map<string, Map<number, Entry>>();
  readonly #authority: Encoded;
  readonly #any: Entry;

  constructor(domain: string, roll: Roll, ttl: number) {
    this.#domain = domain.split('.');
    const sets = makeRecordSets(domain, roll, ttl);
    for (const set of sets) {
      const additionals = concat(targetsOf(set).map((name) => addressesOf(name, sets)));
      const types = this.#typesOf(set.name);
      types.set(TYPE[set.type], { answers: encodeSet(set, 'asked'), additionals });
    }
    const soa = sets.find(({ type }) => type === 'SOA');
    this.#authority = soa === undefined ? NOTHING : encodeSet(soa, 'named');
    const data = { cpu: 'RFC8482', os: '' };
    const any = encodeRecord({ name: '.', type: 'HINFO', ttl, data }, 'asked');
    this.#any = { answers: { count: 1, bytes: any }, additionals: NOTHING };
  }

  /** With all names between it and the domain, which exist as well (RFC 8020). */
  #typesOf(name: string): Map<number, Entry> {
    const labels = name.split('.');
    for (let first = 0; first <= labels.length - this.#domain.length; first++) {
      const between = labels.slice(first).join('.');
      if (!this.#names.has(between)) this.#names.set(between, new Map());
    }
    return this.#names.get(name) as Map<number, Entry>;
  }

  /** @param labels In any case. Undefined when the name is not in the domain. */
  find(labels: readonly string[], type: number): Found | undefined {
    const lower = labels.map(lowerCase);
    const inside = this.#domain.every(
      (label, at) => lower[lower.length - this.#domain.length + at] === label,
    );
    if (!inside) return undefined;
    // A label can have dots of its own, and then it is no name of ours.
    const name = lower.some((label) => label.includes('.')) ? '' : lower.join('.');
    const types = this.#names.get(name);
    const authorities = this.#authority;
    if (types === undefined) return { rcode: 'NXDOMAIN', authorities };
    // All records at once would serve those who want large answers sent to others (RFC 8482).
    const entry = type === TYPE.ANY && types.size > 0 ? this.#any : types.get(type);
    return entry === undefined ? { rcode: 'NOERROR', authorities } : { rcode: 'NOERROR', ...entry };
  }
}

function targetsOf(set: RecordSet): readonly string[] {
  const all =
    set.type === 'SRV' ? set.data.map(({ target }) => target) : set.type === 'NS' ? set.data : [];
  return [...new Set(all)];
}

function addressesOf(name: string, sets: readonly RecordSet[]): Encoded {
  const found = sets.filter(
    (set) => set.name === name && (set.type === 'A' || set.type === 'AAAA'),
  );
  return concat(found.map((set) => encodeSet(set, 'named')));
}

function encodeSet(set: RecordSet, owner: 'asked' | 'named'): Encoded {
  const records = answersOf(set).map((answer) => encodeRecord(answer, owner));
  return { count: records.length, bytes: Buffer.concat(records) };
}

function answersOf(set: RecordSet): Answer[] {
  const { name, ttl } = set;
  switch (set.type) {
    case 'A':
    case 'AAAA':
    case 'NS':
      return set.data.map((data) => ({ name, ttl, type: set.type, data }));
    case 'SRV':
      return set.data.map((data) => ({ name, ttl, type: 'SRV', data }));
    case 'TXT':
      return set.data.map((data) => ({ name, ttl, type: 'TXT', data: [...data] }));
    case 'SOA':
      return set.data.map((data) => ({ name, ttl, type: 'SOA', data }));
  }
}

/** @param owner `asked`: the name of the question, wherever the record stands behind it. */
function encodeRecord(answer: Answer, owner: 'asked' | 'named'): Buffer {
  const name = owner === 'named' ? answer.name : '.';
  const record = encode({ answers: [{ ...answer, name }] }).subarray(HEADER_BYTES);
  return owner === 'named' ? record : Buffer.concat([OWNER, record.subarray(1)]);
}

function concat(parts: readonly Encoded[]): Encoded {
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
  };
}
