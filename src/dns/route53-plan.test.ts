import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Roll } from './records.ts';
import { placesOf, planChange } from './route53-plan.ts';
import type { Plan, Target, ZoneSet } from './route53-plan.ts';

const DOMAIN = 'counter.test';
const TARGET: Target = {
  domain: DOMAIN,
  ttl: 30,
  identity: { instance: 'a1', generation: 1 },
};

function rollOf(epoch: number, ...hosts: string[]): Roll {
  return { epoch, nodes: hosts.map((host) => ({ kind: 'REPLICA', host, port: 14_000 })) };
}

function setOf(name: string, type: string, ...values: string[]): ZoneSet {
  return { name, type, ttl: 30, values, plain: true };
}

/** What the zone says after a first view. */
function published(...hosts: string[]): ZoneSet[] {
  const plan = planChange([], rollOf(1, ...hosts), TARGET, true);
  return plan.kind === 'change' ? [...plan.sets] : [];
}

/** `ACTION NAME TYPE` of everything but the stamp. */
function shown(plan: Plan): string[] {
  if (plan.kind !== 'change') return [plan.kind];
  return plan.changes
    .filter(({ set }) => set.name !== `_concoord.${DOMAIN}`)
    .map(({ action, set }) => `${action} ${set.name} ${set.type}`);
}

test('the stamp says instance, generation, view, and how many batches there were', () => {
  const stampOf = (plan: Plan): string | undefined =>
    plan.kind === 'change'
      ? plan.changes.find((one) => one.action === 'CREATE')?.set.values[0]
      : '';
  const first = planChange([], rollOf(1, '10.0.0.1'), TARGET, true);
  equal(stampOf(first), '"concoord instance=a1 generation=1 epoch=1 change=1"');
  const second = planChange(published('10.0.0.1'), rollOf(7, '10.0.0.1'), TARGET, false);
  equal(stampOf(second), '"concoord instance=a1 generation=1 epoch=7 change=2"');
  deepEqual(shown(second), []);
});

test('the zone says a view whatever the order and the spelling of its values', () => {
  const hosts = ['10.0.0.1', '10.0.0.2', 'fd00::a', 'fd00::b'];
  const spelled = published(...hosts).map((set) => ({
    ...set,
    values: set.values.map((value) => value.replace(/^fd00::/, 'FD00:0:0::')).toReversed(),
  }));
  equal(planChange(spelled, rollOf(1, ...hosts), TARGET, false).kind, 'nothing');
});

test('another time to live is a change', () => {
  const sets = published('10.0.0.1');
  deepEqual(shown(planChange(sets, rollOf(1, '10.0.0.1'), { ...TARGET, ttl: 60 }, false)), [
    `UPSERT ${DOMAIN} A`,
    `UPSERT _concoord._tcp.${DOMAIN} SRV`,
    `UPSERT ${DOMAIN} TXT`,
    `UPSERT ip4-10-0-0-1.${DOMAIN} A`,
  ]);
});

test('aliases and sets with a policy are never deleted, since their values do not say all', () => {
  const alias = { ...setOf(DOMAIN, 'AAAA'), plain: false };
  deepEqual(
    shown(planChange([...published('10.0.0.1'), alias], rollOf(2, '10.0.0.1'), TARGET, false)),
    [],
  );
});

test('nobody is in the view: what was ours goes, and texts of others stay', () => {
  const [first, ...rest] = published('10.0.0.1');
  const sets = [first as ZoneSet, ...rest].map((set) =>
    set.name === DOMAIN && set.type === 'TXT' ? setOf(DOMAIN, 'TXT', '"v=spf1"') : set,
  );
  deepEqual(shown(planChange(sets, rollOf(2), TARGET, false)).toSorted(), [
    `DELETE _concoord._tcp.${DOMAIN} SRV`,
    `DELETE ${DOMAIN} A`,
    `DELETE ip4-10-0-0-1.${DOMAIN} A`,
  ]);
});

test('names that only look like ours are left alone', () => {
  const others = [
    setOf(`ip4-10-0-0.${DOMAIN}`, 'A', '192.0.2.1'),
    setOf(`a.ip4-10-0-0-9.${DOMAIN}`, 'A', '192.0.2.1'),
    setOf(`ip4-10-0-0-9.${DOMAIN}`, 'TXT', '"mine"'),
    setOf(`ip4-10-0-0-9.x${DOMAIN}`, 'A', '192.0.2.1'),
    setOf(`_concoord._tcp.${DOMAIN}`, 'TXT', '"mine"'),
    setOf(DOMAIN, 'MX', '10 mail.example.'),
  ];
  const sets = [...published('10.0.0.1'), ...others];
  deepEqual(shown(planChange(sets, rollOf(2, '10.0.0.1'), TARGET, false)), []);
});

test('a listing begins where something of ours can be, and ends where nothing can', () => {
  const fits = placesOf(DOMAIN).map((place) => place.fits);
  const all = ['ip4-1-2-3-4', 'a.ip4-1-2-3-4', 'ip5', 'ip6-0', 'ipx', 'www', 'zip4'].map(
    (label) => `${label}.${DOMAIN}`,
  );
  const among = [DOMAIN, `_concoord.${DOMAIN}`, `_concoord._tcp.${DOMAIN}`, ...all, 'other.test'];
  deepEqual(
    fits.map((fit) => among.filter((name) => fit(name)).length),
    [1, 1, 1, 5],
  );
});
