/** The operations of Route 53 that the stand-in has, from request to response. */
import { child, element, parseXml } from './xml.ts';
import type { Element } from './xml.ts';
import { absolute, comparePlaces, placeOf } from './zone.ts';
import type { Batch, Change, RecordSet, Zone } from './zone.ts';

export const NAMESPACE = 'https://route53.amazonaws.com/doc/2013-04-01/';
const VERSION = '/2013-04-01/';
const MOST_ITEMS = 100;
const MOST_SETS = 300;
const MOST_COMMENT = 256;

export interface Call {
  readonly method: string;
  /** Without the version of the interface. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

export class Failure extends Error {
  readonly status: number;
  readonly code: string;
  /** Of InvalidChangeBatch. */
  readonly reasons: readonly string[] | undefined;

  constructor(status: number, code: string, message: string, reasons?: readonly string[]) {
    super(message);
    this.status = status;
    this.code = code;
    this.reasons = reasons;
  }
}

export interface Store {
  readonly zones: readonly Zone[];
  /** Told of each batch that was made. */
  readonly changed: (zone: Zone, batch: Batch) => void;
  readonly nextId: () => string;
  /** Items in one answer at most, so that clients must ask for the next. */
  readonly pageSize: number | undefined;
}

/** Which operation a request is for; undefined when this stand-in does not have it. */
export function operationOf(method: string, path: string): string | undefined {
  const words = path.split('/').filter((word) => word !== '');
  const [first, , third] = words;
  if (method === 'GET' && path === 'hostedzonesbyname') return 'ListHostedZonesByName';
  if (method === 'GET' && first === 'hostedzone' && words.length === 2) return 'GetHostedZone';
  if (method === 'GET' && first === 'change' && words.length === 2) return 'GetChange';
  if (first !== 'hostedzone' || third !== 'rrset' || words.length !== 3) return undefined;
  if (method === 'GET') return 'ListResourceRecordSets';
  return method === 'POST' ? 'ChangeResourceRecordSets' : undefined;
}

export function callOf(method: string, target: string, body: string): Call {
  const [path = '', query = ''] = target.split('?', 2);
  if (!path.startsWith(VERSION)) throw new Failure(404, 'UnknownOperationException', path);
  return { method, path: path.slice(VERSION.length), query: new URLSearchParams(query), body };
}

/** @returns The document of the response. */
export function perform(call: Call, store: Store): string {
  const id = decodeURIComponent(call.path.split('/')[1] ?? '');
  switch (operationOf(call.method, call.path)) {
    case 'ListHostedZonesByName':
      return listZones(call.query, store);
    case 'GetHostedZone':
      return getZone(zoneOf(id, store));
    case 'ListResourceRecordSets':
      return listSets(zoneOf(id, store), call.query, store);
    case 'ChangeResourceRecordSets':
      return change(zoneOf(id, store), call.body, store);
    case 'GetChange':
      return getChange(id, store);
    case undefined:
    default:
      throw new Failure(404, 'UnknownOperationException', `${call.method} ${call.path}`);
  }
}

function zoneOf(id: string, { zones }: Store): Zone {
  const zone = zones.find((one) => one.id === id);
  if (zone === undefined) {
    throw new Failure(404, 'NoSuchHostedZone', `No hosted zone found with ID: ${id}`);
  }
  return zone;
}

function itemsOf(query: URLSearchParams, most: number, { pageSize }: Store): number {
  const text = query.get('maxitems') ?? String(most);
  const wanted = Number(text);
  if (!Number.isSafeInteger(wanted) || wanted < 1) {
    throw new Failure(400, 'InvalidInput', `maxitems ${text} is no number of items`);
  }
  return Math.min(wanted, most, pageSize ?? most);
}

function listZones(query: URLSearchParams, store: Store): string {
  const from = query.get('dnsname');
  const items = itemsOf(query, MOST_ITEMS, store);
  const sorted = store.zones.toSorted((a, b) =>
    comparePlaces([placeOf(a.name), a.id], [placeOf(b.name), b.id]),
  );
  const first: readonly [string, string] = [
    from === null ? '' : placeOf(from),
    query.get('hostedzoneid') ?? '',
  ];
  const rest = sorted.filter((zone) => comparePlaces([placeOf(zone.name), zone.id], first) >= 0);
  const next = rest[items];
  const after =
    next === undefined
      ? []
      : [element('NextDNSName', next.name), element('NextHostedZoneId', next.id)];
  return document('ListHostedZonesByNameResponse', [
    element('HostedZones', rest.slice(0, items).map(showZone)),
    ...(from === null ? [] : [element('DNSName', from)]),
    element('IsTruncated', String(next !== undefined)),
    ...after,
    element('MaxItems', String(items)),
  ]);
}

function getZone(zone: Zone): string {
  const servers = element('NameServers', [element('NameServer', 'ns-1.stand-in.test')]);
  const delegation = zone.isPrivate ? [] : [element('DelegationSet', [servers])];
  return document('GetHostedZoneResponse', [showZone(zone), ...delegation]);
}

function showZone(zone: Zone): string {
  return element('HostedZone', [
    element('Id', `/hostedzone/${zone.id}`),
    element('Name', zone.name),
    element('CallerReference', `made-${zone.id}`),
    element('Config', [element('PrivateZone', String(zone.isPrivate))]),
    element('ResourceRecordSetCount', String(zone.list().length)),
  ]);
}

function listSets(zone: Zone, query: URLSearchParams, store: Store): string {
  const items = itemsOf(query, MOST_SETS, store);
  const name = query.get('name');
  const type = query.get('type') ?? '';
  if (type !== '' && name === null) {
    throw new Failure(400, 'InvalidInput', 'a type without a name says nothing');
  }
  const first: readonly [string, string] = [name === null ? '' : placeOf(name), type];
  const rest = zone
    .list()
    .filter((set) => comparePlaces([placeOf(set.name), set.type], first) >= 0);
  const next = rest[items];
  const after =
    next === undefined
      ? []
      : [element('NextRecordName', next.name), element('NextRecordType', next.type)];
  return document('ListResourceRecordSetsResponse', [
    element('ResourceRecordSets', rest.slice(0, items).map(showSet)),
    element('IsTruncated', String(next !== undefined)),
    ...after,
    element('MaxItems', String(items)),
  ]);
}

function showSet({ name, type, ttl, values }: RecordSet): string {
  return element('ResourceRecordSet', [
    element('Name', name),
    element('Type', type),
    element('TTL', String(ttl)),
    element(
      'ResourceRecords',
      values.map((value) => element('ResourceRecord', [element('Value', value)])),
    ),
  ]);
}

function change(zone: Zone, body: string, store: Store): string {
  const { changes, comment } = readBatch(body);
  const made = zone.change(changes, comment, store.nextId());
  if (!('id' in made)) {
    throw new Failure(400, 'InvalidChangeBatch', `[${made.join(', ')}]`, made);
  }
  store.changed(zone, made);
  return document('ChangeResourceRecordSetsResponse', [showBatch(made)]);
}

function getChange(id: string, { zones }: Store): string {
  const batch = zones.flatMap((zone) => zone.batches).find((one) => one.id === id);
  if (batch === undefined) {
    throw new Failure(404, 'NoSuchChange', `Could not find resource with ID: ${id}`);
  }
  return document('GetChangeResponse', [showBatch(batch)]);
}

function showBatch({ id, status, submittedMs, comment }: Batch): string {
  return element('ChangeInfo', [
    element('Id', `/change/${id}`),
    element('Status', status),
    element('SubmittedAt', new Date(submittedMs).toISOString()),
    ...(comment === '' ? [] : [element('Comment', comment)]),
  ]);
}

function document(name: string, content: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content, ` xmlns="${NAMESPACE}"`)}`;
}

/** Of each element, whether it must be there; nothing else may. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, boolean>>>> = {
  ChangeResourceRecordSetsRequest: { ChangeBatch: true },
  ChangeBatch: { Comment: false, Changes: true },
  Change: { Action: true, ResourceRecordSet: true },
  ResourceRecordSet: { Name: true, Type: true, TTL: true, ResourceRecords: true },
  ResourceRecord: { Value: true },
};

function readBatch(body: string): {
  readonly changes: readonly Change[];
  readonly comment: string;
} {
  try {
    const { root, namespace } = parseXml(body);
    if (namespace !== NAMESPACE) throw new Error(`the namespace is ${namespace}`);
    checkShape(root, 'ChangeResourceRecordSetsRequest');
    const batch = must(root, 'ChangeBatch');
    checkShape(batch, 'ChangeBatch');
    const changes = must(batch, 'Changes').children.map(readChange);
    const comment = child(batch, 'Comment')?.text ?? '';
    if (comment.length > MOST_COMMENT) throw new Error('the comment is too long');
    return { changes, comment };
  } catch (error) {
    throw new Failure(400, 'InvalidInput', `Invalid XML ; ${(error as Error).message}`);
  }
}

function readChange(one: Element): Change {
  checkShape(one, 'Change');
  const action = must(one, 'Action').text;
  if (action !== 'CREATE' && action !== 'DELETE' && action !== 'UPSERT') {
    throw new Error(`${action} is no action`);
  }
  const set = must(one, 'ResourceRecordSet');
  checkShape(set, 'ResourceRecordSet');
  const ttl = must(set, 'TTL').text;
  if (!/^\d{1,10}$/.test(ttl)) throw new Error(`the TTL ${ttl} is no number`);
  const values = must(set, 'ResourceRecords').children.map((record) => {
    checkShape(record, 'ResourceRecord');
    return must(record, 'Value').text;
  });
  const name = absolute(must(set, 'Name').text);
  return { action, set: { name, type: must(set, 'Type').text, ttl: Number(ttl), values } };
}

function checkShape(one: Element, name: string): void {
  if (one.name !== name) throw new Error(`<${one.name}> stands where <${name}> should`);
  const shape = SHAPES[name] ?? {};
  const strange = one.children.find((part) => shape[part.name] === undefined);
  if (strange !== undefined) throw new Error(`<${name}> has no <${strange.name}>`);
  for (const [part, needed] of Object.entries(shape)) if (needed) must(one, part);
}

function must(parent: Element, name: string): Element {
  const found = child(parent, name);
  if (found === undefined) throw new Error(`<${parent.name}> lacks <${name}>`);
  return found;
}
