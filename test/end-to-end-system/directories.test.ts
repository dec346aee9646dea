/** Directories that were put back, and those of a majority that is gone. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allLevel, bootstrapOf, leaderOf, Stage } from '../end-to-end/kit.ts';
import { sideBySide } from '../end-to-end/side-by-side.ts';
import { expectRefused, withThree } from '../end-to-end/three-disks.ts';

/** Writes old contents into the very files: no copy can be told from its inodes. */
function putBack(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) putBack(source, target);
    else writeFileSync(target, readFileSync(source), { flag: 'r+' });
  }
}

sideBySide('directories', {
  'an old state that was restored in place is refused by the other members': () =>
    withThree(async ({ stage, ports, counter, directory, follower }) => {
      const own = directory(follower.port);
      const backup = join(stage.folder, 'backup');
      await follower.process.killed();
      cpSync(own, backup, { recursive: true });
      const again = await stage.replica(follower.port, ['-w']);
      for (let i = 0; i < 20; i++) await counter.increment();
      await again.killed();

      putBack(backup, own);
      const stale = stage.start(['replica', '-w', '-p', String(follower.port)]);
      await expectRefused(stale, /holds \d+ records, but it acknowledged \d+ \(STALE_DIRECTORY\)/);

      rmSync(own, { recursive: true });
      await stage.replica(follower.port, ['-w', '-b', (await leaderOf(ports)).address]);
      return 21;
    }),

  'when a majority is lost for good, one directory begins a new generation': async () => {
    await using stage = new Stage();
    const { ports, replicas } = await stage.instance(3, '-w');
    await allLevel(ports, 3);
    const counter = new Counter(bootstrapOf(ports));
    await counter.increment();
    await counter.close();
    await Promise.all(replicas.map((replica) => replica.killed()));
    const [kept = 0, ...lost] = ports;
    const pathOf = (port: number): string => join('concoord-data', `127.0.0.1-${port}`);
    for (const port of lost) rmSync(join(stage.folder, pathOf(port)), { recursive: true });
    const path = pathOf(kept);

    const examined = await stage.run('recover', '--data-dir', path);
    const recovered = await stage.run('recover', '--data-dir', path, '--force');
    await stage.replica(kept, ['-w']);
    const joiner = lost[0] as number;
    await stage.replica(joiner, ['-w', '-b', addressOf(kept)]);

    deepEqual([examined.code, recovered.code], [0, 0], examined.stderr + recovered.stderr);
    match(examined.stdout, /nothing was changed: .*--force/);
    match(recovered.stdout, /^begun: generation 2 with the sole member/m);
    const report = await allLevel([kept, joiner], 2);
    equal(report.generation, 2);
    await using again = new Counter(addressOf(joiner));
    equal(await again.getvalue(), 1);
  },
});
