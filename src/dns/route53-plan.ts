import { isIPv6 } from 'node:net';
import { SERVICE_LABELS } from '../base/index.ts';
import { makeRecordSets, showValues } from './records.ts';
import type { Roll } from './records.ts';

/** Records of one name and type, as Route 53 has them. Names are in lower case, without a dot at the end. */
export interface ZoneSet {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  /** In the form of zone files. */
  readonly values: readonly string[];
  /** False for aliases, and for sets with a routing policy: these are somebody else's. */
  readonly plain: boolean;
}

export interface Change {
  readonly action: 'CREATE' | 'DELETE' | 'UPSERT';
  readonly set: ZoneSet;
}

/**
 * Which view the records are of: a record beside them. A batch takes it away with its exact values and puts
 * the next one in its place, so Route 53 refuses a batch that was made from another state of the zone. An
 * older view therefore never overwrites a newer one, also when its request was under way for long.
 */
export interface Stamp {
  readonly instance: string;
  readonly generation: number;
  readonly epoch: number;
  /** Counts the batches, so that no state comes twice. */
  readonly change: number;
}

export type Identity = Pick<Stamp, 'instance' | 'generation'>;

export interface Target {
  readonly domain: string;
  readonly ttl: number;
  readonly identity: Identity;
}

export type Plan =
  /** The zone says it already. */
  | { readonly kind: 'nothing' }
  /** The zone speaks of a later view of this instance, or of another instance. */
  | { readonly kind: 'overtaken'; readonly by: 'view' | 'instance'; readonly stamp: Stamp }
  | {
      readonly kind: 'change';
      readonly changes: readonly Change[];
      /** What the zone says once they are made. */
      readonly sets: readonly ZoneSet[];
      /** What is overwritten or deleted, and was not ours. */
      readonly strangers: readonly ZoneSet[];
      /** The other instance whose records these were. */
      readonly before: Stamp | undefined;
    };

const STAMP =
  /^"concoord instance=(\w{1,64}) generation=(\d{1,15}) epoch=(\d{1,15}) change=(\d{1,15})"$/;
const OWN_TEXT = /^"(?:REPLICA|NAMESERVER) /;
/** Of all strings of one record, with quotes and blanks. */
const MAX_TEXT_CHARACTERS = 4000;
const QUOTES = '"" '.length;
const HOST_LABEL = /^(?:ip4-\d{1,3}(?:-\d{1,3}){3}|ip6-[0-9a-f]{1,4}(?:-[0-9a-f]{1,4}){7})$/;
const PUBLISHED: ReadonlySet<string> = new Set(['A', 'AAAA', 'SRV', 'TXT']);

export function stampName(domain: string): string {
  return `_concoord.${domain}`;
}

/** Where a listing of what is ours begins, and how long it goes on, from each place. */
export function placesOf(domain: string): readonly Place[] {
  const only = (wanted: string) => (name: string) => name === wanted;
  return [
    { from: domain, fits: only(domain) },
    { from: stampName(domain), fits: only(stampName(domain)) },
    { from: `${SERVICE_LABELS}.${domain}`, fits: only(`${SERVICE_LABELS}.${domain}`) },
    // The names of hosts lie side by side: Route 53 lists by the labels from the right.
    { from: `ip4.${domain}`, fits: (name) => /^ip[^.]*$/.test(lastLabelBefore(name, domain)) },
  ];
}

export interface Place {
  readonly from: string;
  readonly fits: (name: string) => boolean;
}

/** `b` of `a.b.domain`, and nothing of names outside of the domain. */
function lastLabelBefore(name: string, domain: string): string {
  if (!name.endsWith(`.${domain}`)) return '';
  return (
    name
      .slice(0, -(domain.length + 1))
      .split('.')
      .at(-1) ?? ''
  );
}

/**
 * What must change for the zone to say `roll`.
 *
 * @param mayTakeOver Whether the records of another instance may be overwritten.
 */
export function planChange(
  current: readonly ZoneSet[],
  roll: Roll,
  { domain, identity, ttl }: Target,
  mayTakeOver: boolean,
): Plan {
  const known = new Map(current.map((set) => [keyOf(set), set]));
  const oldStamp = known.get(`${stampName(domain)} TXT`);
  const stamp = readStamp(oldStamp);
  const isOurs = stamp?.instance === identity.instance;
  if (stamp !== undefined && isOurs && isLater(stamp, { ...identity, epoch: roll.epoch })) {
    return { kind: 'overtaken', by: 'view', stamp };
  }
  if (stamp !== undefined && !isOurs && !mayTakeOver)
    return { kind: 'overtaken', by: 'instance', stamp };
  const wanted = wantedSets(known, roll, domain, ttl);
  const { changes, strangers } = changesBetween(known, wanted, domain);
  if (isOurs && stamp.epoch === roll.epoch && stamp.generation === identity.generation) {
    if (changes.length === 0) return { kind: 'nothing' };
  }
  const next = { ...identity, epoch: roll.epoch, change: (stamp?.change ?? 0) + 1 };
  const newStamp = stampSet(domain, ttl, next);
  const swap: Change[] = [{ action: 'CREATE', set: newStamp }];
  if (oldStamp !== undefined) swap.unshift({ action: 'DELETE', set: oldStamp });
  return {
    kind: 'change',
    changes: [...swap, ...changes],
    sets: [newStamp, ...wanted, ...strangersThatStay(known, wanted, domain)],
    strangers: stamp === undefined ? strangers : [],
    before: isOurs ? undefined : stamp,
  };
}

function wantedSets(
  known: ReadonlyMap<string, ZoneSet>,
  roll: Roll,
  domain: string,
  ttl: number,
): ZoneSet[] {
  return makeRecordSets(domain, roll, ttl)
    .filter(({ type }) => PUBLISHED.has(type))
    .map((set) => {
      if (set.type !== 'TXT') {
        return { name: set.name, type: set.type, ttl, values: showValues(set), plain: true };
      }
      // Others keep texts at the same name, such as who may send mail for it.
      const kept = (known.get(keyOf(set))?.values ?? []).filter(isForeignText);
      const data = set.data.flatMap(cutText);
      const values = [...kept, ...showValues({ ...set, data })];
      return { name: set.name, type: set.type, ttl, values, plain: true };
    });
}

/** Route 53 takes texts up to some length. Strings end behind a node, so each part is a list of nodes. */
function cutText(strings: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  let length = 0;
  for (const text of strings) {
    const weight = text.length + QUOTES;
    if (length + weight > MAX_TEXT_CHARACTERS) {
      parts.push([]);
      length = 0;
    }
    length += weight;
    parts.at(-1)?.push(text);
  }
  return parts;
}

function isForeignText(value: string): boolean {
  return !OWN_TEXT.test(value);
}

function changesBetween(
  known: ReadonlyMap<string, ZoneSet>,
  wanted: readonly ZoneSet[],
  domain: string,
): { readonly changes: Change[]; readonly strangers: ZoneSet[] } {
  const keys = new Set(wanted.map(keyOf));
  const gone = [...known.values()].filter((set) => isOwn(set, domain) && !keys.has(keyOf(set)));
  const changes = gone.map((set): Change => ({ action: 'DELETE', set }));
  const strangers = [...gone];
  for (const set of wanted) {
    const before = known.get(keyOf(set));
    if (before !== undefined && sameSet(before, set)) continue;
    changes.push({ action: 'UPSERT', set });
    if (before !== undefined && set.type !== 'TXT') strangers.push(before);
  }
  return { changes, strangers };
}

/** Whether a set stands at a place that this domain has for members, and can be deleted by its values. */
function isOwn({ name, type, plain, values }: ZoneSet, domain: string): boolean {
  if (!plain || !PUBLISHED.has(type)) return false;
  if (name === domain) return type !== 'TXT' || !values.some(isForeignText);
  if (name === `${SERVICE_LABELS}.${domain}`) return type === 'SRV';
  const label = lastLabelBefore(name, domain);
  const isHost = HOST_LABEL.test(label) && name === `${label}.${domain}`;
  return isHost && (type === 'A' || type === 'AAAA');
}

function strangersThatStay(
  known: ReadonlyMap<string, ZoneSet>,
  wanted: readonly ZoneSet[],
  domain: string,
): ZoneSet[] {
  const replaced = new Set([`${stampName(domain)} TXT`, ...wanted.map(keyOf)]);
  return [...known.values()].filter((set) => !replaced.has(keyOf(set)) && !isOwn(set, domain));
}

function stampSet(domain: string, ttl: number, stamp: Stamp): ZoneSet {
  const { instance, generation, epoch, change } = stamp;
  const text = `concoord instance=${instance} generation=${generation} epoch=${epoch} change=${change}`;
  return { name: stampName(domain), type: 'TXT', ttl, values: [`"${text}"`], plain: true };
}

/** Undefined also for what somebody else has written there. */
function readStamp(set: ZoneSet | undefined): Stamp | undefined {
  if (set?.values.length !== 1) return undefined;
  const [, instance, ...numbers] = STAMP.exec(set.values[0] ?? '') ?? [];
  if (instance === undefined) return undefined;
  const [generation = 0, epoch = 0, change = 0] = numbers.map(Number);
  return { instance, generation, epoch, change };
}

function isLater(
  stamp: Pick<Stamp, 'generation' | 'epoch'>,
  than: Pick<Stamp, 'generation' | 'epoch'>,
): boolean {
  if (stamp.generation !== than.generation) return stamp.generation > than.generation;
  return stamp.epoch > than.epoch;
}

function sameSet(a: ZoneSet, b: ZoneSet): boolean {
  return a.plain && b.plain && a.ttl === b.ttl && canonical(a) === canonical(b);
}

/** The order of values says nothing, and addresses and names can be written in several ways. */
function canonical({ type, values }: ZoneSet): string {
  const one = (value: string): string => {
    if (type === 'TXT') return value;
    const short = type === 'AAAA' && isIPv6(value) ? new URL(`http://[${value}]/`).hostname : value;
    return short.toLowerCase();
  };
  return JSON.stringify(values.map(one).toSorted());
}

function keyOf({ name, type }: Pick<ZoneSet, 'name' | 'type'>): string {
  return `${name} ${type}`;
}

/** A set for people: `A 10.0.0.1, 10.0.0.2`. */
export function showSet({ name, type, values, plain }: ZoneSet): string {
  return `${name} ${type} ${plain ? values.join(', ') : '(an alias, or with a routing policy)'}`;
}
