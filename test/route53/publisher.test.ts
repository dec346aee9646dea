import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/index.ts';
import { DOMAIN, INSTANCE, rollOf, Theatre } from './theatre.ts';

const MINUTE = 60_000;

test('a view is published as one batch, which also takes away what is empty now', async () => {
  using theatre = new Theatre();
  const { zone, clock } = theatre;
  const { publisher } = theatre.replica();

  const four = `0 100 14001 ip4-127-0-0-1.${DOMAIN}.`;
  publisher.offer(rollOf(1, 1, -2));
  await clock.pass(MINUTE);
  deepEqual(zone.said(), [
    `${DOMAIN} A: 127.0.0.1`,
    `${DOMAIN} AAAA: fd00::2`,
    `${DOMAIN} TXT: "NAMESERVER 127.0.0.1:14001;NAMESERVER [fd00::2]:14002"`,
    `_concoord._tcp.${DOMAIN} SRV: ${four}, 0 100 14002 ip6-fd00-0-0-0-0-0-0-2.${DOMAIN}.`,
    `ip4-127-0-0-1.${DOMAIN} A: 127.0.0.1`,
    `ip6-fd00-0-0-0-0-0-0-2.${DOMAIN} AAAA: fd00::2`,
  ]);

  publisher.offer(rollOf(2, 1));
  await clock.pass(MINUTE);
  deepEqual(zone.said(), [
    `${DOMAIN} A: 127.0.0.1`,
    `${DOMAIN} TXT: "NAMESERVER 127.0.0.1:14001"`,
    `_concoord._tcp.${DOMAIN} SRV: 0 100 14001 ip4-127-0-0-1.${DOMAIN}.`,
    `ip4-127-0-0-1.${DOMAIN} A: 127.0.0.1`,
  ]);
  equal(zone.zone.batches.length, 2);
  const [, second] = zone.zone.batches;
  const made = second?.changes.map(({ action, set }) => `${action} ${set.name} ${set.type}`);
  deepEqual(made?.toSorted(), [
    `CREATE _concoord.${DOMAIN}. TXT`,
    `DELETE _concoord.${DOMAIN}. TXT`,
    `DELETE ${DOMAIN}. AAAA`,
    `DELETE ip6-fd00-0-0-0-0-0-0-2.${DOMAIN}. AAAA`,
    `UPSERT _concoord._tcp.${DOMAIN}. SRV`,
    `UPSERT ${DOMAIN}. TXT`,
  ]);
});

test('it asks until the batch has reached all name servers, and no longer', async () => {
  using theatre = new Theatre();
  const { publisher, lines } = theatre.replica();
  let looks = 0;
  theatre.zone.mishap = (call) => (call === 'look' && ++looks < 4 ? 'unavailable' : undefined);

  publisher.offer(rollOf(1, 1));
  await theatre.clock.pass(10 * MINUTE);
  equal(looks, 4);
  equal(theatre.zone.zone.batches[0]?.status, 'INSYNC');
  ok(
    lines.includes(`info all name servers of Route 53 have view 1 of ${DOMAIN}`),
    lines.join('\n'),
  );
  ok(theatre.clock.isEmpty);
});

test('views that change fast become few batches, and the newest is the last of them', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const { publisher } = theatre.replica();

  for (let epoch = 1; epoch <= 100; epoch++) {
    publisher.offer(rollOf(epoch, 1, (epoch % 50) + 2));
    await clock.pass(30);
  }
  await clock.pass(MINUTE);
  ok(zone.zone.batches.length <= 5, `${zone.zone.batches.length} batches in 3 s`);
  equal(zone.said()[0], `${DOMAIN} A: 127.0.0.1, 127.0.0.2`);
  match(zone.zone.find(`_concoord.${DOMAIN}`, 'TXT')?.values[0] ?? '', / epoch=100 /);
});

test('nothing is sent when the zone says it already: a next leader only reads', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const [first, second] = [theatre.replica().publisher, theatre.replica().publisher];

  first.offer(rollOf(3, 1, 2));
  await clock.pass(MINUTE);
  first.offer(undefined);
  second.offer(rollOf(3, 2, 1));
  second.offer(rollOf(3, 1, 2));
  await clock.pass(MINUTE);
  equal(zone.zone.batches.length, 1);
  equal(zone.calls.filter((call) => call === 'read').length, 2);
});

test('a view with the same members is published all the same, so that none between can undo it', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const [behind, ahead] = [theatre.replica().publisher, theatre.replica().publisher];

  ahead.offer(rollOf(3, 1, 2));
  await clock.pass(MINUTE);
  ahead.offer(rollOf(5, 1, 2));
  await clock.pass(MINUTE);
  behind.offer(rollOf(4, 1));
  await clock.pass(MINUTE);
  equal(zone.said()[0], `${DOMAIN} A: 127.0.0.1, 127.0.0.2`);
});

test('a request that arrives late, after the next leader has published, changes nothing', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const [old, next] = [theatre.replica().publisher, theatre.replica().publisher];
  old.offer(rollOf(1, 1, 2, 3));
  await clock.pass(MINUTE);

  let isFirst = true;
  zone.mishap = (call) => {
    if (call !== 'change' || !isFirst) return undefined;
    isFirst = false;
    return 'late';
  };
  old.offer(rollOf(2, 1, 2));
  await clock.pass(50);
  old.offer(undefined);
  next.offer(rollOf(3, 2, 3));
  await clock.pass(10 * MINUTE);
  equal(zone.said()[0], `${DOMAIN} A: 127.0.0.2, 127.0.0.3`);
});

test('an answer that is lost does no harm: what was done is not done again', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const { publisher } = theatre.replica();
  zone.mishap = (call) =>
    call === 'change' && zone.calls.filter((one) => one === 'change').length === 1
      ? 'lost'
      : undefined;

  publisher.offer(rollOf(1, 1));
  await clock.pass(MINUTE);
  equal(zone.zone.batches.length, 1);
  equal(zone.calls.filter((call) => call === 'read').length, 2);
});

test('a day without Route 53 costs few requests and a dozen lines, and does no harm', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const { publisher, lines } = theatre.replica();
  publisher.offer(rollOf(1, 1));
  await clock.pass(MINUTE);
  const calls = zone.calls.length;

  zone.mishap = () => 'unavailable';
  for (let hour = 0; hour < 24; hour++) {
    publisher.offer(rollOf(hour + 2, 1, hour + 2));
    await clock.pass(60 * MINUTE);
  }
  const during = zone.calls.length - calls;
  ok(during > 24 * 60 && during < 24 * 60 * 2 + 20, `${during} requests`);
  const warnings = lines.filter((line) => line.startsWith('warn'));
  ok(warnings.length > 0 && warnings.length <= 12, `${warnings.length} warnings`);

  zone.mishap = () => undefined;
  await clock.pass(MINUTE);
  equal(zone.said()[0], `${DOMAIN} A: 127.0.0.1, 127.0.0.25`);
  ok(lines.some((line) => line.startsWith('info') && line.includes('again')));
});

test('whoever does not lead asks nothing and waits for nothing', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const { publisher } = theatre.replica();
  publisher.offer(undefined);
  await clock.pass(MINUTE);
  deepEqual(zone.calls, []);

  zone.mishap = () => 'unavailable';
  publisher.offer(rollOf(1, 1));
  await clock.pass(MINUTE);
  publisher.offer(undefined);
  await clock.pass(0);
  ok(clock.isEmpty, 'nothing is waited for any more');
  const calls = zone.calls.length;
  await clock.pass(60 * MINUTE);
  equal(zone.calls.length, calls);
});

test('whoever stops leading while it reads does not write any more', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const { publisher } = theatre.replica();
  publisher.offer(rollOf(1, 1));
  await clock.pass(5);
  publisher.offer(undefined);
  await clock.pass(MINUTE);
  deepEqual(zone.calls, ['read']);
});

test('whoever leads again reads what another leader may have written, and loses no attempt', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const [here, there] = [theatre.replica(), theatre.replica()];
  here.publisher.offer(rollOf(1, 1));
  await clock.pass(25);
  equal(zone.calls.at(-1), 'change');
  here.publisher.offer(undefined);
  // Before the answer is here; the next batch is due a second later.
  here.publisher.offer(rollOf(3, 1, 2));
  await clock.pass(20);
  there.publisher.offer(rollOf(2, 2));
  await clock.pass(MINUTE);
  equal(zone.said()[0], `${DOMAIN} A: 127.0.0.1, 127.0.0.2`);
  there.publisher.offer(undefined);

  here.publisher.offer(undefined);
  there.publisher.offer(rollOf(4, 2));
  await clock.pass(MINUTE);
  here.publisher.offer(rollOf(5, 1));
  await clock.pass(MINUTE);
  equal(zone.said()[0], `${DOMAIN} A: 127.0.0.1`);
  deepEqual(
    here.lines.filter((line) => line.includes('attempt')),
    [],
  );
});

test('a new view does not wait for an older one to reach all name servers', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const { publisher } = theatre.replica();
  zone.mishap = (call) => (call === 'look' ? 'unavailable' : undefined);
  publisher.offer(rollOf(1, 1));
  await clock.pass(10 * MINUTE);
  publisher.offer(rollOf(2, 2));
  await clock.pass(100);
  equal(zone.said()[0], `${DOMAIN} A: 127.0.0.2`);
});

test('a batch that never reaches all name servers is told once, and not asked about for ever', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const { publisher, lines } = theatre.replica();
  zone.mishap = (call) => (call === 'look' ? 'unavailable' : undefined);
  publisher.offer(rollOf(1, 1));
  await clock.pass(59 * MINUTE);
  const looks = zone.calls.filter((call) => call === 'look').length;
  ok(looks > 100 && looks < 150, `${looks} looks`);
  await clock.pass(2 * MINUTE);
  ok(clock.isEmpty);
  const warnings = lines.filter((line) => line.startsWith('warn'));
  deepEqual(warnings, [
    `warn view 1 of ${DOMAIN}, change C1, has not reached all name servers yet`,
  ]);
});

test('a key that is refused is told at once, and seldom again', async () => {
  using theatre = new Theatre();
  const { publisher, lines } = theatre.replica();
  theatre.zone.mishap = () => 'refused';
  publisher.offer(rollOf(7, 1));
  await theatre.clock.pass(100);
  match(
    lines[0] ?? '',
    /^warn view 7 of counter\.test is not in Route 53 yet: the key is unknown; attempt 1/,
  );
  await theatre.clock.pass(24 * 60 * MINUTE);
  const warnings = lines.filter((line) => line.startsWith('warn')).length;
  ok(warnings < 12, `${warnings} warnings in a day`);
});

test('texts that others keep at the name stay; records of strangers go, and are told', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const { publisher, lines } = theatre.replica();
  zone.zone.put(DOMAIN, 'TXT', 300, '"v=spf1 -all"', '"REPLICA 10.0.0.1:14000"');
  zone.zone.put(DOMAIN, 'A', 300, '192.0.2.1');
  zone.zone.put(DOMAIN, 'MX', 300, '10 mail.example.');
  zone.zone.put(`www.${DOMAIN}`, 'A', 300, '192.0.2.1');
  zone.zone.put(`_concoord.${DOMAIN}`, 'TXT', 300, '"what is this"');

  publisher.offer(rollOf(1, 1));
  await clock.pass(MINUTE);
  deepEqual(zone.said(), [
    `${DOMAIN} A: 127.0.0.1`,
    `${DOMAIN} MX: 10 mail.example.`,
    `${DOMAIN} TXT: "v=spf1 -all", "NAMESERVER 127.0.0.1:14001"`,
    `_concoord._tcp.${DOMAIN} SRV: 0 100 14001 ip4-127-0-0-1.${DOMAIN}.`,
    `ip4-127-0-0-1.${DOMAIN} A: 127.0.0.1`,
    `www.${DOMAIN} A: 192.0.2.1`,
  ]);
  ok(lines.some((line) => /^warn records of others .*: counter\.test A 192\.0\.2\.1$/.test(line)));
});

test('the largest view fits into what Route 53 takes, with names as long as clouds give them', async () => {
  using theatre = new Theatre();
  const { publisher, lines } = theatre.replica();
  const label = 'x'.repeat(30);
  const nodes = Array.from({ length: limits.MAX_MEMBERS }, (_, at) => ({
    kind: 'NAMESERVER' as const,
    host: `${at}.${label}.${label}.example.org`,
    port: 14_000,
  }));
  publisher.offer({ epoch: 1, nodes });
  await theatre.clock.pass(MINUTE);
  const texts = theatre.zone.zone.find(DOMAIN, 'TXT')?.values ?? [];
  ok(texts.length > 1, lines.join('\n'));
  const told = texts.join(';').match(/NAMESERVER [^:;]*:14000/g)?.length;
  equal(told, limits.MAX_MEMBERS);
  publisher.offer(rollOf(2, 1));
  await theatre.clock.pass(MINUTE);
  deepEqual(theatre.zone.zone.find(DOMAIN, 'TXT')?.values, ['"NAMESERVER 127.0.0.1:14001"']);
});

test('an instance takes the domain of another over once, and does not fight for it', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const ours = theatre.replica();
  const theirs = theatre.replica({ identity: { instance: 'b'.repeat(32), generation: 1 } });
  ours.publisher.offer(rollOf(90, 1));
  await clock.pass(MINUTE);

  theirs.publisher.offer(rollOf(1, 9));
  await clock.pass(MINUTE);
  equal(zone.said()[0], `${DOMAIN} A: 127.0.0.9`);
  ok(theirs.lines.some((line) => line.startsWith('warn') && line.includes(INSTANCE)));

  ours.publisher.offer(rollOf(91, 1, 2));
  await clock.pass(24 * 60 * MINUTE);
  equal(zone.said()[0], `${DOMAIN} A: 127.0.0.9`);
  ok(ours.lines.some((line) => /^warn .* has taken counter\.test over/.test(line)));
});

test('a recovered instance begins a generation, whose first view is newer than all before', async () => {
  using theatre = new Theatre();
  const { clock, zone } = theatre;
  const before = theatre.replica().publisher;
  const after = theatre.replica({ identity: { instance: INSTANCE, generation: 2 } }).publisher;
  before.offer(rollOf(40, 1, 2, 3));
  await clock.pass(MINUTE);
  after.offer(rollOf(1, 3));
  await clock.pass(MINUTE);
  before.offer(rollOf(41, 1, 2));
  await clock.pass(10 * MINUTE);
  equal(zone.said()[0], `${DOMAIN} A: 127.0.0.3`);
});
