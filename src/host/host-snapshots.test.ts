import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../paxos/index.ts';
import { Bench, BOB, SNAPSHOT } from './host-test-kit.ts';

test('a part of a snapshot is read and sent; when it is gone the replica learns that', () => {
  const bench = new Bench();
  const serve: Effect = { kind: 'serveChunk', to: BOB, snapshot: SNAPSHOT, offset: 5 };

  deepEqual(bench.perform(serve), ['read from 5, at most 262144', 'send 2 snapshotChunk']);

  bench.chunk = undefined;
  deepEqual(bench.perform(serve), ['read from 5, at most 262144']);
  deepEqual(bench.lastEvents(), [{ kind: 'chunkMissing', to: BOB }]);
});

test('a snapshot is installed when it is good and loaded, and else rejected', () => {
  const install: Effect = { kind: 'installSnapshot', snapshot: SNAPSHOT };
  const outcome = (prepare: (bench: Bench) => void) => {
    const bench = new Bench();
    prepare(bench);
    bench.perform(install);
    return bench.lastEvents();
  };
  const content = { header: Uint8Array.of(9), state: Uint8Array.of(1, 2) };

  deepEqual(
    outcome((bench) => (bench.content = content)),
    [{ kind: 'snapshotInstalled', snapshot: SNAPSHOT, header: Uint8Array.of(9) }],
  );
  deepEqual(
    outcome(() => {}),
    [{ kind: 'snapshotRejected', snapshot: SNAPSHOT }],
  );
  deepEqual(
    outcome((bench) => {
      bench.content = content;
      bench.outcome = 'malformed';
    }),
    [{ kind: 'snapshotRejected', snapshot: SNAPSHOT }],
  );
});

test('a capture that fails, or of a state that was given up since, is kept nowhere (Safety 9)', () => {
  const take: Effect = { kind: 'takeSnapshot', slot: 4, header: Uint8Array.of(1) };
  const bench = new Bench();
  bench.state = undefined;

  bench.perform(take);
  bench.captures.pop()?.(undefined);
  bench.turn();
  deepEqual(bench.lastEvents(), [{ kind: 'snapshotFailed' }]);

  bench.perform(take);
  bench.perform({ kind: 'installSnapshot', snapshot: SNAPSHOT });
  bench.captures.pop()?.(Uint8Array.of(1));
  bench.turn();
  deepEqual(bench.lastEvents(), [{ kind: 'snapshotFailed' }]);

  bench.perform(take);
  bench.captures.pop()?.(Uint8Array.of(1));
  deepEqual(bench.told, ['save 4 1 1'], 'a later one is as good as ever');
});
