import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { Notice, ReplicaStatus } from '../paxos/index.ts';
import { ViewTeller } from './view-teller.ts';

type Kind = Notice['kind'];

/** What is told after these notices: the epoch, and whether the replica leads. */
function tell(...story: readonly (readonly [Kind, Partial<ReplicaStatus>])[]): string[] {
  const told: string[] = [];
  const teller = new ViewTeller(({ epoch }, leads) => told.push(`${epoch} ${leads}`));
  let status = { id: 1, view: { epoch: 1, start: 1, members: [] } } as unknown as ReplicaStatus;
  for (const [kind, part] of story) {
    status = { ...status, ...part };
    teller.noticed({ kind } as Notice, status);
  }
  return told;
}

function viewOf(epoch: number): ReplicaStatus['view'] {
  return { epoch, start: 1, members: [] };
}

test('a leader leads through a change of view, though it asks for promises once more', () => {
  const told = tell(
    ['leading', { role: 'leader', leader: 1 }],
    ['ready', {}],
    ['viewChanged', { role: 'follower', leader: undefined, view: viewOf(2) }],
  );
  deepEqual(told, ['1 true', '2 true']);
});

test('whoever follows, or knows of another leader, does not lead', () => {
  const told = tell(
    ['leading', { role: 'leader', leader: 1 }],
    ['ready', {}],
    ['following', { role: 'follower', leader: undefined }],
    ['viewChanged', { view: viewOf(2) }],
    ['leading', { role: 'leader', leader: 1 }],
    // It gave way without a word.
    ['viewChanged', { role: 'follower', leader: 2, view: viewOf(3) }],
    ['viewChanged', { leader: undefined, view: viewOf(4) }],
  );
  deepEqual(told, ['1 true', '1 false', '2 false', '2 true', '3 false', '4 false']);
});

test('the leader is told by its address, once it is known and in the view', () => {
  const told: (string | undefined)[] = [];
  const teller = new ViewTeller(({ leader }) => told.push(leader));
  const members = [
    { id: 1, address: '10.0.0.1:14000' },
    { id: 2, address: '10.0.0.2:14000' },
  ];
  for (const leader of [undefined, 2, 3]) {
    const view = { ...viewOf(1), members };
    teller.noticed(
      { kind: 'ready' } as Notice,
      { id: 1, leader, view } as unknown as ReplicaStatus,
    );
  }
  deepEqual(told, [undefined, '10.0.0.2:14000', undefined]);
});

test('a learner tells nothing', () => {
  deepEqual(tell(['viewChanged', { view: viewOf(2) }], ['following', { leader: 2 }]), []);
});
