import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { explain, place } from './placement.ts';
import type { PlacedNode } from './placement.ts';

const someGroups = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 4 });
const someHost = fc.stringMatching(/^[a-zA-Z0-9]{1,3}$/);
const someNodes: fc.Arbitrary<readonly PlacedNode[]> = fc.uniqueArray(
  fc.record({ host: someHost, groups: someGroups }),
  {
    selector: (node) => node.host,
    maxLength: 9,
  },
);

function named(host: string, ...groups: readonly string[]): PlacedNode {
  return { host, groups };
}

const hosts = (choices: readonly { readonly node: PlacedNode }[]): readonly string[] =>
  choices.map(({ node }) => node.host);

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : 1);

function overlap(node: PlacedNode, chosen: readonly PlacedNode[]): number {
  const union = new Set(chosen.flatMap((one) => one.groups));
  return node.groups.filter((one) => union.has(one)).length;
}

test('each host shares as few groups with those before it as any host that is left', () => {
  fc.assert(
    fc.property(someNodes, someNodes, fc.nat(9), (all, before, wanted) => {
      const names = new Set(before.map((node) => node.host));
      const count = Math.min(wanted, all.filter((node) => !names.has(node.host)).length);
      const chosen = [...before];
      for (const { node } of place(all, count, before)) {
        const left = all.filter((one) => chosen.every((other) => other.host !== one.host));
        assert.ok(left.includes(node), 'it was not chosen before');
        const least = Math.min(...left.map((one) => overlap(one, chosen)));
        assert.equal(overlap(node, chosen), least);
        const equals = left.filter((one) => overlap(one, chosen) === least);
        const company = (one: PlacedNode): number =>
          chosen.flatMap((other) => other.groups).filter((g) => one.groups.includes(g)).length;
        const fewest = Math.min(...equals.map(company));
        const first = equals.filter((one) => company(one) === fewest).map((one) => one.host);
        assert.equal(
          node.host,
          first.toSorted(byCodeUnit)[0],
          'and the first by name among equals',
        );
        chosen.push(node);
      }
    }),
  );
});

test('of racks, none takes more replicas with it than in the best choice of all', () => {
  const racks = fc.array(fc.nat(4), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(racks, fc.integer({ min: 1, max: 5 }), (rackOf, count) => {
      const all = rackOf.map((rack, index) => named(`h${index}`, `rack${rack}`));
      fc.pre(count <= all.length);
      const chosen = place(all, count).map(({ node }) => node);
      const most = Math.max(...counts(chosen));
      const best = Math.min(...subsets(all, count).map((some) => Math.max(...counts(some))));
      assert.equal(most, best);
    }),
  );
});

function counts(chosen: readonly PlacedNode[]): readonly number[] {
  const all = chosen.flatMap((node) => node.groups);
  return all.map((one) => all.filter((other) => other === one).length);
}

function subsets<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

test('the choice depends on the set of hosts, not on the order in which they are given', () => {
  const shuffled = someNodes.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray([...all], { minLength: all.length })),
  );
  fc.assert(
    fc.property(shuffled, someNodes, fc.nat(9), ([all, other], before, wanted) => {
      const names = new Set(before.map((node) => node.host));
      const count = Math.min(wanted, all.filter((node) => !names.has(node.host)).length);
      assert.deepEqual(place(all, count, before), place(other, count, before));
    }),
  );
});

test('what a choice says of shared groups is what it shares', () => {
  fc.assert(
    fc.property(someNodes, someNodes, (all, before) => {
      const names = new Set(before.map((node) => node.host));
      const count = all.filter((node) => !names.has(node.host)).length;
      const chosen = [...before];
      for (const { node, shared } of place(all, count, before)) {
        const expected = node.groups.flatMap((one) => {
          const those = chosen.filter((other) => other.groups.includes(one));
          return those.length === 0 ? [] : [{ group: one, hosts: those.map((o) => o.host) }];
        });
        assert.deepEqual(shared, expected);
        chosen.push(node);
      }
    }),
  );
});

test('ties go to the first name in code units, not in the order of a language', () => {
  assert.deepEqual(hosts(place([named('b'), named('ä'), named('a'), named('Z')], 3)), [
    'Z',
    'a',
    'b',
  ]);
});

test('five replicas on three racks leave no rack with a majority', () => {
  const all = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1', 'c2', 'c3'].map((name) =>
    named(name, `rack-${name[0]}`),
  );
  assert.deepEqual(hosts(place(all, 5)), ['a1', 'b1', 'c1', 'a2', 'b2']);
});

test('a replacement differs from the members that live on', () => {
  const all = [named('a1', 'r1'), named('a2', 'r1'), named('b1', 'r2'), named('b2', 'r2')];
  const live = [named('a1', 'r1'), named('elsewhere', 'r3')];
  assert.deepEqual(hosts(place(all, 1, live)), ['b1']);
});

test('too few hosts are refused with how many there are', () => {
  const all = [named('a'), named('b')];
  assert.throws(() => place(all, 3), {
    code: 'INVALID_ARGUMENT',
    message: '3 hosts are wanted, and there are 2',
  });
  assert.throws(() => place(all, 2, [named('a')]), {
    message: '2 hosts are wanted, and there are 1 besides the 1 that are taken',
  });
});

test('a choice explains itself', () => {
  const all = [named('a', 'r1', 'p1'), named('b', 'r1', 'p1'), named('c', 'r1')];
  assert.deepEqual(place(all, 3).map(explain), [
    'shares no failure group with those before it',
    'shares r1 with a',
    'shares r1 with a, c; p1 with a',
  ]);
  assert.deepEqual(place([named('x')], 1).map(explain), ['no failure groups are known of it']);
});
