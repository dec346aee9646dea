import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeView } from '../paxos/index.ts';
import { Directory } from './disk.ts';
import { LogsJudge } from './judge-logs.ts';
import { Verdict } from './observer.ts';

function directoryWithSnapshot(slot: number): Directory {
  const genesis = makeView(1, 1, [{ id: 1, address: 'r1:14000', durable: true }]);
  const directory = new Directory({ instance: 'i', id: 1, genesis, contacts: [] });
  const name = { slot, bytes: 0, hash: '' };
  directory.snapshot = slot === 0 ? undefined : { name, bytes: new Uint8Array(0) };
  return directory;
}

test('records that a durable snapshot covers may go', () => {
  new LogsJudge().cut(directoryWithSnapshot(7), 7);
});

test('records that no durable snapshot covers may not go', () => {
  assert.throws(() => new LogsJudge().cut(directoryWithSnapshot(7), 8), Verdict);
  assert.throws(() => new LogsJudge().cut(directoryWithSnapshot(0), 1), Verdict);
});
