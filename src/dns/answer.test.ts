import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordType } from 'dns-packet';
import { answer, answerTruncated, MOST_UDP_BYTES } from './answer.ts';
import { ask, aZone, DOMAIN, nameServers, opt, query, read, SERVICE } from './packets-test-kit.ts';

const SOA = `${DOMAIN} 30 SOA ip4-10-0-0-1.${DOMAIN} hostmaster.${DOMAIN} 7 3600 600 86400 30`;

test('the members are at the domain, and what the zone says is said with authority', () => {
  const { answers, packet, rcode } = ask({});

  equal(rcode, 'NOERROR');
  equal(packet.flag_aa, true);
  deepEqual(
    answers,
    [1, 2, 3].map((at) => `${DOMAIN} 30 A 10.0.0.${at}`),
  );
});

test('services come with the addresses of their targets', () => {
  const { answers, additionals } = ask({ name: SERVICE, type: 'SRV', udpBytes: 1232 });

  deepEqual(
    answers,
    [1, 2, 3].map((at) => `${SERVICE} 30 SRV 0 100 14000 ip4-10-0-0-${at}.${DOMAIN}`),
  );
  deepEqual(
    additionals,
    [1, 2, 3].map((at) => `ip4-10-0-0-${at}.${DOMAIN} 30 A 10.0.0.${at}`),
  );
});

test('the name of a target, of a name server, resolves here', () => {
  const { answers, additionals } = ask({ type: 'NS' }, aZone(nameServers(1)));
  const { answers: addresses } = ask({ name: `IP4-10-0-0-1.${DOMAIN}` });

  deepEqual(answers, [`${DOMAIN} 30 NS ip4-10-0-0-1.${DOMAIN}`]);
  deepEqual(additionals, [`ip4-10-0-0-1.${DOMAIN} 30 A 10.0.0.1`]);
  deepEqual(addresses, [`IP4-10-0-0-1.${DOMAIN} 30 A 10.0.0.1`]);
});

test('IPv6 has the same: addresses, targets, and their addresses', () => {
  const zone = aZone([{ kind: 'NAMESERVER', host: '2001:db8::1', port: 14_000 }]);
  const target = `ip6-2001-db8-0-0-0-0-0-1.${DOMAIN}`;

  deepEqual(ask({ type: 'AAAA' }, zone).answers, [`${DOMAIN} 30 AAAA 2001:db8::1`]);
  deepEqual(ask({ type: 'A' }, zone).authorities.length, 1, 'no A record, and the SOA says so');
  deepEqual(ask({ name: SERVICE, type: 'SRV' }, zone).additionals, [
    `${target} 30 AAAA 2001:db8::1`,
  ]);
});

test('names come back in the case in which they were asked', () => {
  const name = '_CoNcOoRd._TCP.CounterDomain.TEST';
  const { answers } = ask({ name, type: 'SRV' });

  ok(answers.every((line) => line.startsWith(`${name} `)));
  equal(answers.length, 3);
});

test('a name without such records and one that is not there are told apart; both have the SOA', () => {
  const told = (name: string, type: RecordType): unknown => {
    const { rcode, answers, authorities, packet } = ask({ name, type });
    return [rcode, answers, authorities, packet.flag_aa];
  };

  deepEqual(told(DOMAIN, 'MX'), ['NOERROR', [], [SOA], true]);
  deepEqual(told(SERVICE, 'A'), ['NOERROR', [], [SOA], true]);
  deepEqual(told(`_tcp.${DOMAIN}`, 'SRV'), ['NOERROR', [], [SOA], true], 'it has names below it');
  deepEqual(told(`other.${DOMAIN}`, 'A'), ['NXDOMAIN', [], [SOA], true]);
  deepEqual(told(`below.ip4-10-0-0-1.${DOMAIN}`, 'A'), ['NXDOMAIN', [], [SOA], true]);
});

test('a label with a dot in it is not two labels', () => {
  const asked = query({ name: `_concoord._tcp.${DOMAIN}`, type: 'SRV' });
  asked[12] = 14;
  asked[22] = '.'.charCodeAt(0);

  const { rcode } = read(asked, answer(asked, aZone(), 'udp'));

  equal(rcode, 'NXDOMAIN');
});

test('what is not in the zone is refused, and so are other classes and copies of the zone', () => {
  const refused = (packet: Parameters<typeof ask>[0]): unknown => {
    const { rcode, packet: reply, answers, authorities } = ask(packet);
    return [rcode, reply.flag_aa, answers, authorities];
  };
  const nothing = ['REFUSED', false, [], []];

  deepEqual(refused({ name: 'example.org' }), nothing);
  deepEqual(refused({ name: 'test' }), nothing, 'the parent');
  deepEqual(refused({ name: `x${DOMAIN}` }), nothing);
  deepEqual(refused({ name: '.' }), nothing);
  deepEqual(refused({ type: 'AXFR' }), nothing);
  deepEqual(
    refused({ packet: { questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }] } }),
    nothing,
  );
});

test('ANY is answered with one record that says why (RFC 8482)', () => {
  deepEqual(ask({ type: 'ANY' }).answers, [`${DOMAIN} 30 HINFO RFC8482 `]);
  deepEqual(ask({ name: `_tcp.${DOMAIN}`, type: 'ANY' }).answers, []);
  equal(ask({ name: `no.${DOMAIN}`, type: 'ANY' }).rcode, 'NXDOMAIN');
});

test('without a view, servers fail for now, and say nothing false', () => {
  const asked = query();

  equal(read(asked, answer(asked, undefined, 'udp')).rcode, 'SERVFAIL');
});

test('an answer that is too long for UDP is cut off with TC, and complete over TCP', () => {
  const zone = aZone(nameServers(60));
  const asking = { name: SERVICE, type: 'SRV', udpBytes: 4096 } as const;
  const cut = ask(asking, zone);
  const whole = ask(asking, zone, 'tcp');

  equal(cut.packet.flag_tc, true);
  deepEqual(cut.answers, []);
  ok(cut.bytes.length <= MOST_UDP_BYTES);
  equal(whole.packet.flag_tc, false);
  equal(whole.answers.length, 60);
  equal(whole.additionals.length, 60);
  const [text = ''] = ask({ type: 'TXT' }, zone, 'tcp').answers;
  equal(text.split('NAMESERVER ').length - 1, 60);
});

test('who speaks no EDNS gets 512 bytes at most, and no OPT record', () => {
  const zone = aZone(nameServers(20));
  const plain = ask({ name: SERVICE, type: 'SRV' }, zone);
  const small = ask({ name: SERVICE, type: 'SRV', udpBytes: 100 }, zone);
  const large = ask({ name: SERVICE, type: 'SRV', udpBytes: 1232 }, zone);

  deepEqual([plain.packet.flag_tc, plain.packet.additionals], [true, []]);
  equal(small.packet.flag_tc, true, 'a smaller number means 512');
  deepEqual([large.packet.flag_tc, large.answers.length], [false, 20]);
  deepEqual(large.additionals, [], 'they would not fit, and nobody must have them');
  const [sent] = (large.packet.additionals ?? []).filter(({ type }) => type === 'OPT');
  equal(sent?.type === 'OPT' ? sent.udpPayloadSize : 0, MOST_UDP_BYTES);
});

test('whoever takes records of DNSSEC hears that this was understood, and nobody else', () => {
  const doOf = (asksForIt: boolean): readonly unknown[] => {
    const flags = asksForIt ? 0x8000 : 0;
    const additionals = [opt(1232, { flags, flag_do: asksForIt })];
    return (
      ask({ packet: { additionals } }).packet.additionals?.map(
        (record) => record.type === 'OPT' && record.flag_do,
      ) ?? []
    );
  };
  deepEqual(doOf(true), [true]);
  deepEqual(doOf(false), [false]);
});

test('a later EDNS is told which version is spoken here', () => {
  const additionals = [opt(1232, { ednsVersion: 1 })];
  const { packet, rcode, answers } = ask({ packet: { additionals } });
  const [sent] = packet.additionals ?? [];

  deepEqual(answers, []);
  equal(rcode, 'NOERROR', 'the lower bits of 16');
  ok(sent?.type === 'OPT');
  deepEqual([sent.extendedRcode, sent.ednsVersion], [1, 0]);
});

test('a question is answered whatever else resolvers send along', () => {
  const additionals = [opt(1232, { flags: 0x8000, options: [{ code: 12, length: 8 }] })];
  const extra = ask({ packet: { additionals } });

  equal(extra.answers.length, 3);
});

test('silence is the reply to what is no query', () => {
  const response = query();
  response.writeUInt16BE(response.readUInt16BE(2) | 0x8000, 2);

  equal(answer(response, aZone(), 'udp'), undefined);
  equal(answer(query().subarray(0, 11), aZone(), 'udp'), undefined);
  equal(answer(Buffer.alloc(0), aZone(), 'tcp'), undefined);
});

test('what is malformed hears so, with its own number and nothing of what it sent', () => {
  const twoQuestions = [DOMAIN, SERVICE].map((name) => ({ name, type: 'A' as const }));
  const pointer = query();
  pointer.writeUInt16BE(0xc00c, 12);
  const claims = query();
  claims.writeUInt16BE(65_535, 10);
  const malformed: readonly Buffer[] = [
    query({ packet: { questions: [] } }),
    query({ packet: { questions: twoQuestions } }),
    query({ packet: { additionals: [opt(1232), opt(1232)] } }),
    query().subarray(0, -1),
    Buffer.concat([query(), Buffer.of(0)]),
    pointer,
    claims,
  ];

  for (const packet of malformed) {
    const reply = answer(packet, aZone(), 'udp');
    deepEqual(reply?.toString('hex'), 'beef81010000000000000000');
  }
});

test('other operations are not implemented', () => {
  const update = query();
  update.writeUInt16BE(0x2800, 2);

  equal(answer(update, aZone(), 'udp')?.readUInt16BE(2), 0x8000 | 0x2800 | 4);
});

test('a reply that only says to ask over TCP is as long as the question', () => {
  const asked = query({ name: SERVICE, type: 'SRV' });
  const { packet, answers, bytes } = read(asked, answerTruncated(asked));

  deepEqual([packet.flag_tc, answers, bytes.length], [true, [], asked.length]);
  equal(answerTruncated(bytes), undefined, 'no query');
  equal(answerTruncated(Buffer.alloc(5)), undefined);
});

test('a name of 255 bytes is answered', () => {
  const name = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(42)}.${DOMAIN}`;

  equal(name.length, 253);
  equal(ask({ name }).rcode, 'NXDOMAIN');
});
