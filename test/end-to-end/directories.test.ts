/** Directories that were copied, wiped, damaged: a swap or a refusal, never a wrong vote. */
import { equal, match, notEqual } from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf, allLevel, COUNTER, leaderOf, Stage } from './kit.ts';
import { freePort } from './ports.ts';
import { sideBySide } from './side-by-side.ts';
import { expectRefused, withThree } from './three-disks.ts';

/** Flips a bit in the first block of the oldest segment. */
function damage(log: string): void {
  const [oldest = ''] = readdirSync(log).sort();
  const bytes = readFileSync(join(log, oldest));
  bytes[4096 + 60] = (bytes[4096 + 60] as number) ^ 1;
  writeFileSync(join(log, oldest), bytes);
}

sideBySide('directories', {
  'a copy made while the replica ran is refused, wherever it lies; the original is not': () =>
    withThree(async ({ stage, counter, directory, follower }) => {
      const own = directory(follower.port);
      const copy = join(stage.folder, 'copy');
      cpSync(own, copy, { recursive: true });
      await counter.increment();
      await follower.process.killed();
      const port = String(follower.port);

      const elsewhere = stage.start(['replica', '-w', '-p', port, '--data-dir', copy]);
      await expectRefused(elsewhere, /copy is a copy: .*\(STALE_DIRECTORY\)\. .*-b and an empty/);
      renameSync(own, `${own}.aside`);
      renameSync(copy, own);
      const inPlace = stage.start(['replica', '-w', '-p', port]);
      await expectRefused(inPlace, /is a copy: .*\(STALE_DIRECTORY\)\. .*-b and an empty/);

      rmSync(own, { recursive: true });
      renameSync(`${own}.aside`, own);
      await stage.replica(follower.port, ['-w']);
      return 2;
    }),

  'a member whose directory was wiped is swapped for a new one at its address': () =>
    withThree(async ({ stage, ports, directory, follower }) => {
      const { port } = follower;
      const before = await leaderOf(ports);
      await follower.process.killed();
      rmSync(directory(port), { recursive: true });

      const alone = await stage.run('replica', '-w', '-p', String(port));
      equal(alone.code, 2);
      match(alone.stderr, /-o names the object to found an instance with; to join one, .*-b/);
      const founder = stage.start(['replica', '-w', '-o', COUNTER, '-p', String(port)]);
      await expectRefused(founder, /lives on at .*\(INSTANCE_EXISTS\)\. .*-b/);
      await stage.replica(port, ['-w', '-b', before.address]);

      const after = await allLevel(ports, 3);
      const idOf = ({ members }: typeof after): string =>
        members.find(({ addr }) => addr === addressOf(port))?.id ?? '';
      notEqual(idOf(after), idOf(before));
      equal(after.tolerates, 1);
      return 1;
    }),

  'a member that was removed while it was away is told so when it comes back': () =>
    withThree(async ({ stage, ports, directory, follower }) => {
      const { port } = follower;
      const { address } = await leaderOf(ports);
      await follower.process.killed();
      const removed = await stage.run('remove', address, addressOf(port), '--force');
      equal(removed.code, 0, removed.stderr);

      const back = stage.start(['replica', '-w', '-p', String(port)]);
      await expectRefused(back, /removed from the view \(NOT_A_MEMBER\)\. .*-b/);

      rmSync(directory(port), { recursive: true });
      await stage.replica(port, ['-w', '-b', address]);
      return 1;
    }),

  'damage to what was synced is noticed, and costs the directory, not the instance': () =>
    withThree(async ({ stage, ports, directory, follower }) => {
      const { port, process } = follower;
      const { address } = await leaderOf(ports);
      process.kill('SIGTERM');
      await process.ended();
      damage(join(directory(port), 'log'));

      const damaged = stage.start(['replica', '-w', '-p', String(port)]);
      await expectRefused(damaged, /wal-\d+.*\(CORRUPT_DATA\)\. Move the directory away .*-b/);

      renameSync(directory(port), `${directory(port)}.damaged`);
      await stage.replica(port, ['-w', '-b', address]);
      return 1;
    }),

  '-w without -p takes up the only directory there is; of several, none': async () => {
    await using stage = new Stage();
    const [one, two] = [await freePort(), await freePort()];
    await (await stage.replica(one, ['-o', COUNTER, '-w'])).killed();

    const only = stage.start(['replica', '-w']);
    await only.printed('stdout', new RegExp(`^REPLICA-127.0.0.1:${one} ready`));
    await only.killed();
    await (await stage.replica(two, ['-o', COUNTER, '-w'])).killed();
    const several = await stage.run('replica', '-w');

    equal(several.code, 2);
    for (const port of [one, two]) match(several.stderr, new RegExp(`127\\.0\\.0\\.1-${port}`));
    match(several.stderr, /say which with -p or --data-dir$/m);
  },
});
