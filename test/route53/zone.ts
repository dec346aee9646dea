/** A hosted zone as Route 53 keeps it: batches of changes are made as a whole, or refused with reasons. */
import { isIPv4, isIPv6 } from 'node:net';

export interface RecordSet {
  /** In lower case, with the dot at the end. */
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  /** In the form of zone files, as they were sent. */
  readonly values: readonly string[];
}

export interface Change {
  readonly action: 'CREATE' | 'DELETE' | 'UPSERT';
  readonly set: RecordSet;
}

/** What Route 53 calls a change batch, with what became of it. */
export interface Batch {
  readonly id: string;
  readonly comment: string;
  readonly changes: readonly Change[];
  readonly submittedMs: number;
  status: 'PENDING' | 'INSYNC';
}

const MOST_CHANGES = 1000;
const MOST_CHARACTERS = 32_000;
const MOST_TTL = 2_147_483_647;
const TEXT_VALUE = /^"(?:[^"\\]|\\.)*"(?: "(?:[^"\\]|\\.)*")*$/;
const SERVICE_VALUE = /^(\d{1,5}) (\d{1,5}) (\d{1,5}) (\S+)$/;

export class Zone {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly batches: Batch[] = [];
  #sets: ReadonlyMap<string, RecordSet>;
  /** What the name servers answer, which follows with the status INSYNC. */
  #served: ReadonlyMap<string, RecordSet>;

  constructor(id: string, name: string, isPrivate = false) {
    this.id = id;
    this.name = absolute(name);
    this.isPrivate = isPrivate;
    const own: RecordSet[] = [
      { name: this.name, type: 'NS', ttl: 172_800, values: ['ns-1.stand-in.test.'] },
      {
        name: this.name,
        type: 'SOA',
        ttl: 900,
        values: [`ns-1.stand-in.test. hostmaster.stand-in.test. 1 7200 900 1209600 86400`],
      },
    ];
    this.#sets = new Map(own.map((set) => [keyOf(set), set]));
    this.#served = this.#sets;
  }

  /** In the order in which Route 53 lists them: by the labels from the right, then by type. */
  list(): RecordSet[] {
    return [...this.#sets.values()].toSorted(bySortedPlace);
  }

  served(): RecordSet[] {
    return [...this.#served.values()];
  }

  find(name: string, type: string): RecordSet | undefined {
    return this.#sets.get(keyOf({ name: absolute(name), type }));
  }

  /** As the owner of the zone does by hand, at once. */
  put(name: string, type: string, ttl: number, ...values: string[]): void {
    const set = { name: absolute(name), type, ttl, values };
    this.#sets = new Map(this.#sets).set(keyOf(set), set);
    this.#served = this.#sets;
  }

  /** @returns The batch, or why there is none. */
  change(changes: readonly Change[], comment: string, id: string): Batch | readonly string[] {
    const reasons = [...this.#faultsOfSize(changes), ...changes.flatMap((c) => this.#faults(c))];
    const next = new Map(this.#sets);
    if (reasons.length === 0) for (const one of changes) reasons.push(...apply(next, one));
    if (reasons.length === 0) reasons.push(...aliases(next));
    if (reasons.length > 0) return reasons;
    this.#sets = next;
    const batch: Batch = { id, comment, changes, submittedMs: Date.now(), status: 'PENDING' };
    this.batches.push(batch);
    return batch;
  }

  /** All batches up to this one have reached all name servers. */
  settle(batch: Batch): void {
    for (const one of this.batches) {
      one.status = 'INSYNC';
      if (one === batch) break;
    }
    if (this.batches.at(-1)?.status === 'INSYNC') this.#served = this.#sets;
  }

  #faultsOfSize(changes: readonly Change[]): string[] {
    const weigh = ({ action }: Change): number => (action === 'UPSERT' ? 2 : 1);
    const count = changes.reduce(
      (sum, one) => sum + weigh(one) * Math.max(1, one.set.values.length),
      0,
    );
    const characters = changes.reduce(
      (sum, one) => sum + weigh(one) * one.set.values.join('').length,
      0,
    );
    if (changes.length === 0) return ['A change batch has at least one change'];
    if (count > MOST_CHANGES) return [`Number of records limit of ${MOST_CHANGES} exceeded.`];
    return characters > MOST_CHARACTERS
      ? [`Number of characters limit of ${MOST_CHARACTERS} exceeded.`]
      : [];
  }

  #faults({ set: { name, type, ttl, values } }: Change): string[] {
    const where = `resource record set [name='${name}', type='${type}']`;
    if (name !== this.name && !name.endsWith(`.${this.name}`)) {
      return [`RRSet with DNS name ${name} is not permitted in zone ${this.name}`];
    }
    if (name.length > 255 || name.split('.').some((label) => label.length > 63)) {
      return [`The name of ${where} is too long`];
    }
    if (!Number.isSafeInteger(ttl) || ttl < 0 || ttl > MOST_TTL) return [`Bad TTL in ${where}`];
    if (values.length === 0) return [`${where} has no resource records`];
    if (new Set(values).size < values.length) return [`Duplicate Resource Record in ${where}`];
    const bad = values.find((value) => !isValue(type, value));
    return bad === undefined
      ? []
      : [`Invalid Resource Record: FATAL problem: Value is not a valid ${type}: '${bad}'`];
  }
}

function isValue(type: string, value: string): boolean {
  switch (type) {
    case 'A':
      return isIPv4(value);
    case 'AAAA':
      return isIPv6(value);
    case 'TXT':
      return (
        value.length <= 4000 &&
        TEXT_VALUE.test(value) &&
        value.split('" "').every((text) => Buffer.byteLength(text.replaceAll(/^"|"$/g, '')) <= 255)
      );
    case 'SRV': {
      const [, ...numbers] = SERVICE_VALUE.exec(value) ?? [];
      const isTarget = isName(numbers[3] ?? '');
      return (
        numbers.length === 4 && isTarget && numbers.slice(0, 3).every((n) => Number(n) < 65_536)
      );
    }
    case 'CNAME':
    case 'NS':
      return isName(value);
    case 'SOA':
      return value.split(' ').length === 7;
    default:
      return false;
  }
}

function isName(text: string): boolean {
  return /^(?:[\w-]{1,63}\.)+$/.test(text) && text.length <= 254;
}

/** In the order of the batch, as if it were alone. */
function apply(sets: Map<string, RecordSet>, { action, set }: Change): string[] {
  const key = keyOf(set);
  const before = sets.get(key);
  const where = `resource record set [name='${set.name}', type='${set.type}']`;
  if (action === 'CREATE' && before !== undefined) {
    return [`Tried to create ${where} but it already exists`];
  }
  if (action === 'DELETE') {
    if (before === undefined) return [`Tried to delete ${where} but it was not found`];
    const same =
      before.ttl === set.ttl &&
      before.values.toSorted().join('\n') === set.values.toSorted().join('\n');
    if (!same) return [`Tried to delete ${where} but the values provided do not match`];
    sets.delete(key);
    return [];
  }
  sets.set(key, set);
  return [];
}

function aliases(sets: ReadonlyMap<string, RecordSet>): string[] {
  const all = [...sets.values()];
  return all
    .filter(({ type }) => type === 'CNAME')
    .filter(({ name }) => all.some((other) => other.name === name && other.type !== 'CNAME'))
    .map(
      ({ name }) => `RRSet of type CNAME with DNS name ${name} conflicts with others of its name`,
    );
}

function keyOf({ name, type }: Pick<RecordSet, 'name' | 'type'>): string {
  return `${name} ${type}`;
}

export function absolute(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower : `${lower}.`;
}

/** The labels from the right, as Route 53 sorts names. */
export function placeOf(name: string): string {
  return absolute(name).slice(0, -1).split('.').toReversed().join('.');
}

function bySortedPlace(a: RecordSet, b: RecordSet): number {
  return comparePlaces([placeOf(a.name), a.type], [placeOf(b.name), b.type]);
}

export function comparePlaces(
  [name, type]: readonly [string, string],
  [otherName, otherType]: readonly [string, string],
): number {
  if (name !== otherName) return name < otherName ? -1 : 1;
  if (type === otherType) return 0;
  return type < otherType ? -1 : 1;
}
