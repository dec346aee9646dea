import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { MemberStatus, StatusReport } from '../platform/index.ts';
import { corrected } from './status-command.ts';

function member(addr: string, role: MemberStatus['role'], applied: number): MemberStatus {
  return { addr, role, applied, alive: true } as MemberStatus;
}

function report(address: string, role: MemberStatus['role'], leader: string | null): StatusReport {
  const members = [member('a:1', 'leader', 0), member('b:1', 'follower', 5)];
  return { address, role, leader, applied: 7, members } as unknown as StatusReport;
}

test('without a majority, each member is shown as it says itself', () => {
  const follower = report('b:1', 'follower', 'a:1');
  const former = report('a:1', 'follower', null);

  const { leader, members } = corrected(follower, [follower, former]);

  equal(leader, null, 'it leads no more');
  deepEqual(members, [member('a:1', 'follower', 7), member('b:1', 'follower', 7)]);
});

test('a leader that did not answer may still lead', () => {
  const follower = report('b:1', 'follower', 'a:1');

  const { leader, members } = corrected(follower, [follower]);

  equal(leader, 'a:1');
  deepEqual(members[0], member('a:1', 'leader', 0));
});
