/** Whoever founds by mistake must notice: a second instance is empty, and looks like the first. */
import { equal, match } from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf, allLevel, COUNTER, leaderOf, Stage } from './kit.ts';
import { freePort, freePorts } from './ports.ts';
import { sideBySide } from './side-by-side.ts';
import { expectRefused } from './three-disks.ts';

sideBySide('founding', {
  'a founder says loudly that the instance is new, and where it lies': async () => {
    await using stage = new Stage();
    const port = await freePort();
    await (await stage.replica(port, ['-o', COUNTER, '-w'])).killed();
    const cwd = join(stage.folder, 'elsewhere');
    mkdirSync(cwd);

    const wrong = await stage.replica(port, ['-o', COUNTER, '-w'], { cwd });

    const line = (await wrong.printed('stderr', /^.*a NEW instance.*$/m))[0];
    match(line, /"level":"warn"/);
    match(line, new RegExp(`founds .*in ${cwd}/concoord-data/127.0.0.1-${port}:`));
    await wrong.killed();
    const right = await stage.replica(port, ['-w']);
    match(right.stderr, /"level":"info".* continues instance/);
    equal(/NEW/.test(right.stderr), false);
  },

  'a founder without -w does not begin anew beside its own directory': async () => {
    await using stage = new Stage();
    const port = await freePort();
    await (await stage.replica(port, ['-o', COUNTER, '-w'])).killed();

    const forgotten = stage.start(['replica', '-o', COUNTER, '-p', String(port)]);

    await expectRefused(forgotten, /holds the replica at .*\(DATA_DIRECTORY\)\. Give -w .* move/);
    await stage.replica(port, ['-w']);
  },

  'a joiner that nobody answers says so soon, and until when it tries': async () => {
    await using stage = new Stage();
    const [port = 0, dead = 0] = await freePorts(2);

    const joiner = stage.start(['replica', '-b', addressOf(dead), '-p', String(port)]);

    const started = performance.now();
    const line = (await joiner.printed('stderr', /no answer: .*tries on until .*Z/))[0];
    equal(performance.now() - started < 15_000, true);
    match(line, new RegExp(`${addressOf(dead)} .*ECONNREFUSED; tries`));
  },

  'who is down is named, instead of advising one more': async () => {
    await using stage = new Stage();
    const { ports, replicas } = await stage.instance(3, '-w');
    await allLevel(ports, 3);
    const { port, address } = await leaderOf(ports);
    const down = ports.find((other) => other !== port) as number;
    await replicas[ports.indexOf(down)]?.killed();
    await leaderOf(ports, ({ tolerates }) => tolerates === 0);

    const { stdout } = await stage.run('status', address);

    match(stdout, new RegExp(`tolerates  no further failure: bring back ${addressOf(down)}$`, 'm'));
  },
});
