/** No object grows to where engines differ. */
import { doesNotThrow, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError } from '../object/index.ts';
import { Bank } from './bank.ts';
import { BinaryTree } from './binarytree.ts';
import { checkRoom, MAX_ENTRIES } from './checks.ts';
import { EventCounters } from './eventcounters.ts';
import { JobManager } from './jobmanager.ts';
import { LinkedList } from './linkedlist.ts';
import { Membership } from './membership.ts';
import { MeshMembership } from './meshmembership.ts';
import { NameserverCoord } from './nameservercoord.ts';
import { OrderedMap } from './orderedmap.ts';
import { Queue } from './queue.ts';
import { SharedMap } from './sharedmap.ts';
import { SharedSet } from './sharedset.ts';

/** As if it were full: to fill it would take gigabytes. */
function full<T extends object>(collection: T): T {
  return Object.defineProperty(collection, 'size', { value: MAX_ENTRIES });
}

function filled<T extends object>(object: T, field: keyof T): T {
  full(object[field] as object);
  return object;
}

const FULL: Readonly<Record<string, () => void>> = {
  Bank: () => filled(new Bank(), 'accounts').open(1),
  BinaryTree: () => filled(new BinaryTree(), 'nodes').insert(1),
  EventCounters: () => filled(new EventCounters(), 'counts').increment('a'),
  JobManager: () =>
    filled(new JobManager(), 'jobs').schedule({ jobname: 'a', jobid: 1, jobtime: 0 }),
  LinkedList: () => filled(new LinkedList(), 'nodes').pushBack(1),
  Membership: () => filled(new Membership(), 'known').add('a'),
  MeshMembership: () => filled(new MeshMembership(), 'groups').add_group('a', 1),
  NameserverCoord: () => filled(new NameserverCoord(), 'domains').addnodetosubdomain('a', 1, 'b'),
  'NameserverCoord, all at once': () =>
    filled(new NameserverCoord(), 'domains').updatesubdomain('a', new Map()),
  OrderedMap: () => {
    const map = new OrderedMap();
    full(map.tree.nodes);
    map.set('a', 1);
  },
  Queue: () => filled(new Queue(), 'items').put(1),
  SharedMap: () => filled(new SharedMap(), 'entries').set('a', 1),
  SharedSet: () => filled(new SharedSet(), 'values').add('a'),
  'SharedSet, several': () => filled(new SharedSet(), 'values').addAll(['a']),
};

for (const [name, add] of Object.entries(FULL)) {
  test(`nothing more is taken when it is full: ${name}`, () => {
    throws(add, (error) => error instanceof RuntimeError && /at most 4000000/.test(error.message));
  });
}

test('the last place can be taken', () => {
  doesNotThrow(() => checkRoom(MAX_ENTRIES - 2, 2));
  throws(() => checkRoom(MAX_ENTRIES - 2, 3), RuntimeError);
});
