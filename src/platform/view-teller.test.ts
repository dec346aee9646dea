import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { makeView } from '../paxos/index.ts';
import type { ReplicaStatus } from '../paxos/index.ts';
import { ViewTeller } from './view-teller.ts';

const VIEW = makeView(7, 1, [
  { id: 1, address: 'a:1', durable: true },
  { id: 2, address: 'b:2', durable: false, nameServer: true },
]);

function statusAs(role: ReplicaStatus['role']): ReplicaStatus {
  return { role, view: VIEW } as ReplicaStatus;
}

test('a learner tells nothing; from ready on every change of view or leadership is told, and no more', () => {
  const told: string[] = [];
  const teller = new ViewTeller(({ epoch, members }, leads) => {
    const shown = members.map(({ address, nameServer }) => `${address}${nameServer ? '*' : ''}`);
    told.push(`${epoch} ${shown.join(' ')}${leads ? ', leads' : ''}`);
  });

  teller.noticed({ kind: 'viewChanged', view: VIEW }, statusAs('learner'));
  teller.noticed({ kind: 'ready', view: VIEW, tolerated: 0 }, statusAs('follower'));
  teller.noticed({ kind: 'quorumRegained' }, statusAs('follower'));
  teller.noticed({ kind: 'leading', ballot: '1.1' }, statusAs('leader'));
  teller.noticed({ kind: 'viewChanged', view: VIEW }, undefined);

  deepEqual(told, ['7 a:1 b:2*', '7 a:1 b:2*, leads']);
});
