/** The network splits, with packets that vanish; machines stand still. */
import { equal } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isolateLeader, pauseLeader, withNetwork } from '../end-to-end/partition.ts';
import { Lab } from './lab.ts';
import { sized } from './size.ts';

const STORY = fileURLToPath(new URL('./split-story.ts', import.meta.url));

test('five replicas: a leader with one follower is cut off, again and again', () =>
  withNetwork(5, async (split) => {
    for (let round = 0; round < sized(3, 10); round++) await isolateLeader(split, 1);
  }));

test('a leader that stood still for ten seconds does no harm, and no read is stale', () =>
  withNetwork(3, (split) => pauseLeader(split, 10_000)));

test('machines are unplugged: clients on the side of the minority are told why they wait', (t) => {
  using lab = new Lab();
  const machines = ['r1', 'r2', 'r3', 'c1'].map((name) => ({ name, address: lab.machine(name) }));
  const spaces = machines.map(({ name, address }) => ({ name, address, space: lab.spaceOf(name) }));
  const rounds = sized(2, 5);

  const inHub = ['netns', 'exec', lab.hub, process.execPath, STORY];
  const story = spawnSync('ip', [...inHub, JSON.stringify({ hub: lab.hub, spaces, rounds })], {
    encoding: 'utf8',
    timeout: 300_000,
  });

  for (const line of story.stdout.trim().split('\n')) t.diagnostic(line);
  equal(story.status, 0, story.stdout + story.stderr);
});
