/** `recover` makes a second history: never while the first is alive, and the first one must end. */
import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allLevel, bootstrapOf, leaderOf, Stage } from './kit.ts';
import { sideBySide } from './side-by-side.ts';
import { expectRefused } from './three-disks.ts';

const pathOf = (port: number): string => join('concoord-data', `127.0.0.1-${port}`);

sideBySide('recover', {
  'while members are alive nothing is recovered, whatever is insisted on': async () => {
    await using stage = new Stage();
    const { ports, replicas } = await stage.instance(3, '-w');
    await allLevel(ports, 3);
    const [first = 0, second = 0, third = 0] = ports;
    await replicas[2]?.killed();

    const examined = await stage.run('recover', '--data-dir', pathOf(third));
    const insisted = await stage.run('recover', '--data-dir', pathOf(third), '--force');
    await stage.replica(third, ['-w']);

    for (const { code, stdout, stderr } of [examined, insisted]) {
      deepEqual([code, stdout], [1, '']);
      // The directory knows those of the last view that had reached its disk: one of them is enough.
      const alive = `(${addressOf(first)}|${addressOf(second)})`;
      match(stderr, new RegExp(`${alive}.*\\(INSTANCE_EXISTS\\)\\. Stop them first`));
      match(stderr, /a majority that is alive needs no recovery/);
    }
    equal((await allLevel(ports, 3)).generation, 1);
  },

  'members of the generation before end, with what to do': async () => {
    await using stage = new Stage();
    const { ports, replicas } = await stage.instance(3, '-w');
    await allLevel(ports, 3);
    const [kept = 0, old = 0] = ports;
    await Promise.all(replicas.map((replica) => replica.killed()));

    const recovered = await stage.run('recover', '--data-dir', pathOf(kept), '--force');
    equal(recovered.code, 0, recovered.stderr);
    match(recovered.stdout, /make sure that no majority can be brought back/);
    const survivor = await stage.replica(kept, ['-w']);
    const back = stage.start(['replica', '-w', '-p', String(old)]);

    await expectRefused(
      back,
      /generation 1.* generation 2.*\(INSTANCE_MISMATCH\)\. Move .*\d away and start with -b/,
    );
    equal((await leaderOf([kept])).generation, 2);
    equal(survivor.stderr.match(/refused 127/g)?.length, 1, 'it does not flood the log');
  },

  'clients of the generation before begin anew, and share nothing with others': async () => {
    await using stage = new Stage();
    const { ports, replicas } = await stage.instance(3, '-w');
    await allLevel(ports, 3);
    const [kept = 0, ...lost] = ports;
    await using before = new Counter(bootstrapOf(ports));
    await replicas[0]?.killed();
    // The one that is kept never hears of these: neither of the session nor of its calls.
    await before.increment();
    await before.increment();
    await Promise.all(replicas.map((replica) => replica.killed()));
    const recovered = await stage.run('recover', '--data-dir', pathOf(kept), '--force');
    equal(recovered.code, 0, recovered.stderr);
    for (const port of lost) rmSync(join(stage.folder, pathOf(port)), { recursive: true });
    await stage.replica(kept, ['-w']);

    await using other = new Counter(addressOf(kept));
    await other.increment();
    await other.increment();
    await before.increment();

    equal(await before.getvalue(), 3);
    equal(await other.getvalue(), 3);
  },

  'a directory that is none is neither recovered nor made': async () => {
    await using stage = new Stage();

    const { code, stderr } = await stage.run('recover', '--data-dir', 'concoord-data/nope');

    equal(code, 2);
    match(stderr, /nope holds no replica: name the directory of a member/);
    doesNotMatch(stderr, /^\s+at /m);
    equal(existsSync(join(stage.folder, 'concoord-data')), false);
  },

  'who names the parent of directories is told them': async () => {
    await using stage = new Stage();
    const { ports, replicas } = await stage.instance(1, '-w');
    await replicas[0]?.killed();

    const { code, stderr } = await stage.run('recover', '--data-dir', 'concoord-data');

    equal(code, 2);
    const below = pathOf(ports[0] as number);
    equal(
      stderr,
      'concoord: concoord-data holds no replica: name the directory of a member; ' +
        `below it are ${below}\n`,
    );
  },
});
