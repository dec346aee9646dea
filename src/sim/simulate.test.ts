import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULT_KINDS } from './fault-kinds.ts';
import { simulate } from './simulate.ts';
import { WAITING_NAMES } from './subject.ts';

const EVENTS = 3000;

test('a run is decided by its seed alone', async () => {
  const runs = [7, 7, 8].map((seed) => simulate({ seed, events: EVENTS, object: 'Counter' }));
  const hashes = (await Promise.all(runs)).map(({ hash }) => hash);
  assert.equal(hashes[0], hashes[1]);
  assert.notEqual(hashes[0], hashes[2]);
});

test('in some runs results are given up before they arrive, and idle clients acknowledge', async () => {
  const sum = { resultsGone: 0, acknowledged: 0 };
  // They are rare in short runs: one of ten long ones gives results up.
  for (let seed = 11; seed <= 60 && sum.resultsGone * sum.acknowledged === 0; seed++) {
    const { calls, failure } = await simulate({ seed, events: 7 * EVENTS, object: 'Counter' });
    assert.equal(failure, undefined);
    sum.resultsGone += calls.resultsGone;
    sum.acknowledged += calls.acknowledged;
  }
  assert.ok(sum.resultsGone > 0);
  assert.ok(sum.acknowledged > 0);
});

for (const kind of FAULT_KINDS) {
  test(`an instance bears '${kind}'`, async () => {
    const { failure } = await simulate({ seed: 1, events: EVENTS, faults: [kind] });
    assert.equal(failure, undefined);
  });
}

test('a class of users is run in the realm of replicas, and decided by the seed alone as well', async () => {
  const options = { seed: 6, events: 2 * EVENTS, object: 'Ledger' } as const;
  const [first, second] = await Promise.all([simulate(options), simulate(options)]);

  assert.equal(first.failure, undefined);
  assert.equal(first.hash, second.hash);
  assert.ok(first.worlds.killed > 0, 'some of its calls are killed');
  assert.ok(first.worlds.worlds > first.settings.replicas, 'worlds are replaced');
});

for (const object of WAITING_NAMES) {
  test(`many callers at a ${object}, in a short time`, async () => {
    const options = { seed: 3, events: 4 * EVENTS, object, dense: true } as const;
    const [first, second] = await Promise.all([simulate(options), simulate(options)]);

    assert.equal(first.failure, undefined);
    assert.equal(first.hash, second.hash);
    assert.ok(first.proven && first.calls.returned > 100);
  });

  test(`callers wait at a ${object}, are served or gone, and leave nothing behind`, async () => {
    const options = { seed: 12, events: 4 * EVENTS, object } as const;
    const [first, second] = await Promise.all([simulate(options), simulate(options)]);

    assert.equal(first.failure, undefined);
    assert.equal(first.hash, second.hash);
    assert.ok(first.proven && first.calls.returned > 10);
  });
}
