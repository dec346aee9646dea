import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hostName, makeRecordSets, showValues } from './records.ts';
import type { Node, RecordSet } from './records.ts';

const DOMAIN = 'counterdomain.test';

function replica(host: string, port = 14_000): Node {
  return { kind: 'REPLICA', host, port };
}

function nameServer(host: string, port = 14_000): Node {
  return { kind: 'NAMESERVER', host, port };
}

/** As lines of a zone file, without the domain and the TTL. */
function zone(nodes: readonly Node[], epoch = 7): string[] {
  return lines(makeRecordSets(DOMAIN, { epoch, nodes }, 30));
}

function lines(sets: readonly RecordSet[]): string[] {
  return sets.flatMap((set) =>
    showValues(set).map((value) =>
      `${set.name === DOMAIN ? '@' : set.name} ${set.type} ${value}`.replaceAll(`.${DOMAIN}`, ''),
    ),
  );
}

test('members have addresses, services whose targets have these addresses, and a text', () => {
  deepEqual(zone([replica('10.0.0.2'), nameServer('10.0.0.1'), replica('2001:DB8:0::1', 14_005)]), [
    '@ A 10.0.0.1',
    '@ A 10.0.0.2',
    '@ AAAA 2001:db8::1',
    '_concoord._tcp SRV 0 100 14000 ip4-10-0-0-1.',
    '_concoord._tcp SRV 0 100 14000 ip4-10-0-0-2.',
    '_concoord._tcp SRV 0 100 14005 ip6-2001-db8-0-0-0-0-0-1.',
    '@ TXT "NAMESERVER 10.0.0.1:14000;REPLICA 10.0.0.2:14000;REPLICA [2001:db8::1]:14005"',
    'ip4-10-0-0-1 A 10.0.0.1',
    'ip4-10-0-0-2 A 10.0.0.2',
    'ip6-2001-db8-0-0-0-0-0-1 AAAA 2001:db8::1',
    '@ NS ip4-10-0-0-1.',
    '@ SOA ip4-10-0-0-1. hostmaster. 7 3600 600 86400 30',
  ]);
});

test('members of one host share its address, and have a service each', () => {
  const found = zone([nameServer('127.0.0.1', 14_001), nameServer('127.0.0.1', 14_000)]);

  deepEqual(
    found.filter((line) => / (?:A|NS|SRV) /.test(line)),
    [
      '@ A 127.0.0.1',
      '_concoord._tcp SRV 0 100 14000 ip4-127-0-0-1.',
      '_concoord._tcp SRV 0 100 14001 ip4-127-0-0-1.',
      'ip4-127-0-0-1 A 127.0.0.1',
      '@ NS ip4-127-0-0-1.',
    ],
  );
});

test('without name servers there is no authority to tell of', () => {
  deepEqual(
    makeRecordSets(DOMAIN, { epoch: 1, nodes: [replica('10.0.0.1')] }).filter(
      ({ type }) => type === 'NS' || type === 'SOA',
    ),
    [],
  );
});

test('a host name stands for itself; one in the zone, to which nobody gives an address, is left out', () => {
  const nodes = ['Host.Example.org', `a.${DOMAIN}`, DOMAIN, 'bad..name', 'fe80::1%eth0'].map(
    (host) => nameServer(host),
  );

  deepEqual(
    zone(nodes).filter((line) => !line.includes('TXT')),
    [
      '_concoord._tcp SRV 0 100 14000 host.example.org.',
      '@ NS host.example.org.',
      '@ SOA host.example.org. hostmaster. 7 3600 600 86400 30',
    ],
  );
});

test('what another replica calls its address cannot break out of a text', () => {
  const [text] = makeRecordSets(DOMAIN, {
    epoch: 1,
    nodes: ['a"b', 'a;b', 'a\\b', 'a b', 'ä', ''].map((host) => replica(host)).concat(replica('x')),
  }).filter(({ type }) => type === 'TXT');

  deepEqual(text?.data, [['REPLICA x:14000']]);
});

test('a long text is cut into strings of at most 255 bytes, behind nodes where that is possible', () => {
  const nodes = Array.from({ length: 60 }, (_, at) => nameServer(`10.0.0.${at}`)).concat(
    replica('x'.repeat(299)),
  );
  const [text] = makeRecordSets(DOMAIN, { epoch: 1, nodes }).filter(({ type }) => type === 'TXT');
  const [strings = []] = (text?.data ?? []) as readonly (readonly string[])[];

  ok(strings.every((part) => part.length <= 255));
  equal(strings.join('').split(';').length, 61);
  ok(strings[0]?.endsWith(':14000;'), 'cut behind a node');
});

test('each address has one name of its own, however it is written', () => {
  const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, groups, (a, b) => {
      const long = (all: readonly number[]): string =>
        all.map((group) => group.toString(16).padStart(4, '0')).join(':');
      const same = long(a) === long(b);

      equal(hostName(long(a), DOMAIN) === hostName(long(b), DOMAIN), same);
      const short = new URL(`http://[${long(a)}]/`).hostname.slice(1, -1);
      equal(hostName(short, DOMAIN), hostName(long(a), DOMAIN));
    }),
  );
  equal(hostName('::ffff:1.2.3.4', DOMAIN), `ip6-0-0-0-0-0-ffff-102-304.${DOMAIN}`);
});
