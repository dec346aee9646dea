import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { makeView } from '../paxos/index.ts';
import { describeNotice } from './notice-text.ts';
import type { ToldNotice } from './notice-text.ts';

test('every notice is words, and not the notice itself', () => {
  const view = makeView(3, 5, [{ id: 1, address: '127.0.0.1:14000', durable: true }]);
  const snapshot = { slot: 7, bytes: 100, hash: 'f00' } as never;
  const cases: readonly (readonly [ToldNotice, 'info' | 'warn', RegExp])[] = [
    [{ kind: 'leading', ballot: '2.1' }, 'info', /^leads, with ballot 2\.1$/],
    [{ kind: 'following', leader: 1, ballot: '2.1' }, 'info', /^follows <1>, with ballot 2\.1$/],
    [
      { kind: 'following', leader: undefined, ballot: '2.1' },
      'info',
      /^leads no more, at ballot 2\.1/,
    ],
    [{ kind: 'campaigning', ballot: '2.1' }, 'info', /^wants to lead, with ballot 2\.1$/],
    [{ kind: 'viewChanged', view }, 'info', /^view 3: 127\.0\.0\.1:14000$/],
    [{ kind: 'snapshotTaken', slot: 7 }, 'info', /^took a snapshot at slot 7$/],
    [{ kind: 'snapshotInstalled', slot: 7 }, 'info', /^loaded the snapshot .* slot 7$/],
    [{ kind: 'fetching', source: 2, snapshot, offset: 9 }, 'info', /from <2> \(slot 7, 9 of 100/],
    [{ kind: 'quorumLost', missing: [2, 3] }, 'warn', /not heard are <2>, <3>; calls wait/],
    [{ kind: 'quorumRegained' }, 'info', /^a majority is back/],
    [{ kind: 'diverged', slot: 7 }, 'warn', /than the majority at slot 7: serves nobody/],
    [{ kind: 'stopped', slot: 7 }, 'warn', /^no majority .* at slot 7: serves nobody/],
    [{ kind: 'doubted', slot: 7 }, 'warn', /different states at slot 7/],
    [{ kind: 'ignored', from: 2, message: 'join' }, 'warn', /^ignored 'join' of <2>/],
  ];
  for (const [notice, level, text] of cases) {
    const line = describeNotice(notice, (id) => `<${id}>`);
    equal(line.level, level, notice.kind);
    match(line.text, text);
  }
});
