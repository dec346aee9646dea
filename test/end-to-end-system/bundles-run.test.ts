/** One file and Node.js: on a machine without npm, packages or network, bundles run replicas and clients. */
import { equal, match, notEqual, ok } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Stage } from '../end-to-end/kit.ts';
import type { Process } from '../end-to-end/process.ts';
import { CLIENT, makeBundles, OBJECT, SERVER, sh, TEN_COUNTER } from './bundles.ts';
import { Lab } from './lab.ts';
import { need } from './needs.ts';
import { ROOT } from './stranger.ts';

const made = mkdtempSync(join(tmpdir(), 'concoord-bundles-'));
const bundles = join(made, 'bundles');

before(() => {
  need('make', 'make');
  writeFileSync(join(made, 'tencounter.ts'), TEN_COUNTER);
  makeBundles(ROOT, bundles, 'true', { CONCOORD_PATH: made });
});

after(() => rmSync(made, { recursive: true, force: true }));

/** A file system's worth of nothing: Node.js on the search path, and what was unpacked. */
class Bare {
  readonly folder: string;
  readonly #stage: Stage;
  readonly #prefix: readonly string[];

  constructor(stage: Stage, lab: Lab) {
    this.folder = join(stage.folder, 'bare');
    this.#stage = stage;
    const path = join(this.folder, 'path');
    mkdirSync(path, { recursive: true });
    symlinkSync(process.execPath, join(path, 'node'));
    for (const file of [SERVER, CLIENT]) sh(this.folder, `tar xzf ${join(bundles, file)}`);
    this.#prefix = ['ip', 'netns', 'exec', lab.hub, 'env', '-i', `PATH=${path}`];
  }

  start(main: string, ...args: string[]): Process {
    const place = { cwd: this.folder, engine: 'node', prefix: this.#prefix };
    return this.#stage.start(args, { ...place, main: join(this.folder, main) });
  }

  concoord(...args: string[]): Process {
    return this.start('concoordserver/bin/concoord.js', ...args);
  }

  async replica(port: number, ...flags: string[]): Promise<Process> {
    const replica = this.concoord('replica', '-p', String(port), ...flags);
    await replica.printed('stdout', new RegExp(`^REPLICA-127\\.0\\.0\\.1:${port} ready`, 'm'));
    return replica;
  }

  /** Runs a program of the user's to its end; what it printed. */
  async program(name: string, text: string): Promise<string> {
    writeFileSync(join(this.folder, name), text);
    const run = this.start(name);
    equal((await run.ended()).code, 0, run.stderr);
    return run.stdout;
  }
}

/** In a network of its own these are free. */
const PORTS = [14_000, 14_001, 14_002];
const BOOTSTRAP = PORTS.map((port) => `127.0.0.1:${port}`).join(', ');

test('unpacked where nothing else is, they run the tutorial, and an object that was packed', async () => {
  using lab = new Lab();
  await using stage = new Stage();
  const bare = new Bare(stage, lab);

  // The tutorial's Counter, on three replicas.
  const founder = await bare.replica(14_000, '-o', 'concoord.object.counter.Counter');
  for (const port of PORTS.slice(1)) await bare.replica(port, '-b', '127.0.0.1:14000');
  const counted = `
    import { Counter } from './concoordclient/proxy/counter.js';
    const c = new Counter('${BOOTSTRAP}');
    await c.increment();
    await c.increment();
    console.log(await c.getvalue());
    await c.__concoordinit__();
    await c.increment();
    console.log(await c.getvalue());
    await c.close();
  `;
  equal(await bare.program('counter.mjs', counted), '2\n1\n');
  await founder.killed();
  const more = counted.replace('await c.__concoordinit__();', '');
  equal(await bare.program('again.mjs', more), '3\n4\n');
  const status = bare.concoord('status', '127.0.0.1:14001', '--json');
  equal((await status.ended()).code, 0, status.stderr);
  await stage.processes.reduce(
    (earlier, one) => earlier.then(() => one.killed()),
    Promise.resolve(),
  );

  // A program for the package runs unchanged where the folder is moved to its place.
  const ten = await bare.replica(14_000, '-o', OBJECT);
  mkdirSync(join(bare.folder, 'node_modules'));
  sh(bare.folder, 'cp -r concoordclient node_modules/concoord');
  const tens = `
    import { TenCounter } from 'concoord/proxy/tencounterproxy';
    import { ConCoordError } from 'concoord';
    const c = new TenCounter('127.0.0.1:14000');
    await c.increment();
    console.log(await c.get_value(), ConCoordError.name);
    await c.close();
  `;
  equal(await bare.program('ten.mjs', tens), '10 ConCoordError\n');

  // A bundle can make itself again.
  writeFileSync(join(bare.folder, 'tencounter.ts'), TEN_COUNTER);
  for (const [kind, file] of [
    ['server', SERVER],
    ['client', CLIENT],
  ] as const) {
    const maker = bare.concoord('bundle', kind, '--objects', OBJECT);
    equal((await maker.ended()).code, 0, maker.stderr);
    const [one, two] = [join(bundles, file), join(bare.folder, file)];
    ok(readFileSync(one).equals(readFileSync(two)), file);
  }

  // It is the very code that its source gives: with other code this one could not join.
  const joiner = await bare.replica(14_001, '-b', '127.0.0.1:14000', '-o', OBJECT);
  writeFileSync(join(bare.folder, 'tencounter.ts'), TEN_COUNTER.replace('10', '11'));
  const other = bare.concoord('replica', '-p', '14002', '-b', '127.0.0.1:14000', '-o', OBJECT);
  notEqual((await other.ended()).code, 0);
  match(other.stderr, /\(CODE_MISMATCH\)/);
  for (const replica of [joiner, ten]) await replica.killed();
});

test('without isolates an object runs only for whoever asks for it', async () => {
  using lab = new Lab();
  await using stage = new Stage();
  const bare = new Bare(stage, lab);
  rmSync(join(bare.folder, 'concoordserver/node_modules/isolated-vm'), { recursive: true });

  const refused = bare.concoord('replica', '-p', '14000', '-o', OBJECT);
  equal((await refused.ended()).code, 1);
  match(refused.stderr, /--sandbox vm/);
  await bare.replica(14_000, '-o', OBJECT, '--sandbox', 'vm');
});
