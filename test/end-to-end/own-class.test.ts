/** A class of the user's own: founded from a file, joined without it, called through its life. */
import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConCoordError, invoke } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allAlive, bootstrapOf, Stage, statusOf } from './kit.ts';
import { freePort } from './ports.ts';

const TEN_COUNTER = `
import { step } from './step.ts';

let calls = 0;

/** Counts in tens. */
export class TenCounter {
  value = 0;
  #history: Map<string, number> = new Map();

  increment(): number {
    calls++;
    this.value += step();
    this.#history.set('last', this.value);
    return this.value;
  }

  getvalue(): number {
    return this.value;
  }

  get tens(): number {
    return this.value / 10;
  }

  story(): [number, number | undefined] {
    return [calls, this.#history.get('last')];
  }

  /** The keys of the calls that asked, so that each replica's own would show. */
  #keys: string[] = [];
  asked(
    first = 'nothing',
    second?: string,
    _concoord_command?: { session: number; sequence: number; key: string },
  ): unknown {
    const { session, sequence, key } = _concoord_command!;
    this.#keys.push(key);
    return [first, second, key === \`\${session}:\${sequence}\`, new Set(this.#keys).size];
  }

  forever(): void {
    this.value = -1;
    for (;;);
  }

  fail(): void {
    this.value += 1;
    throw new RangeError('too much');
  }
}
`;

const STEP = `
enum Step { Ten = 10 }
export const step = (): number => Step.Ten;
`;

/** A folder with the class in it, beside that in which replicas run. */
function writeSources(stage: Stage, text: string = TEN_COUNTER): string {
  const sources = join(stage.folder, 'sources');
  mkdirSync(sources, { recursive: true });
  writeFileSync(join(sources, 'tencounter.ts'), text);
  writeFileSync(join(sources, 'step.ts'), STEP);
  return sources;
}

for (const flags of [[], ['-w']]) {
  const where = flags.length > 0 ? 'with disks' : 'in memory';
  test(`three replicas run a class that only the founder has a file of, ${where}`, async () => {
    await using stage = new Stage();
    stage.surroundings = { env: { CONCOORD_PATH: writeSources(stage) } };
    const { ports, replicas } = await stage.instanceOf('tencounter.TenCounter', 1, ...flags);
    await using c = new Counter(addressOf(ports[0] as number), { timeoutMs: 20_000 });
    const call = (method: string): Promise<unknown> => invoke(c, method, []);
    equal(await call('increment'), 10);
    stage.surroundings = {};
    for (let joiners = 0; joiners < 2; joiners++) {
      const port = await freePort();
      replicas.push(await stage.replica(port, ['-b', addressOf(ports[0] as number), ...flags]));
      ports.push(port);
    }
    await allAlive(ports, 3);

    equal(await call('increment'), 20);
    await rejects(call('fail'), { name: 'RangeError', message: 'too much' });
    equal(await call('getvalue'), 21);
    await rejects(
      call('forever'),
      (error) =>
        error instanceof ConCoordError &&
        error.code === 'BUDGET_EXCEEDED' &&
        error.message.startsWith('forever() took more work (turns of loops'),
    );
    equal(await call('getvalue'), 21, 'a call that is killed leaves no effect');

    replicas[0]?.kill();
    await using others = new Counter(bootstrapOf(ports.slice(1)), { timeoutMs: 20_000 });
    equal(await invoke(others, 'increment', []), 31);
    deepEqual(await invoke(others, 'asked', []), ['nothing', undefined, true, 1]);
    deepEqual(await invoke(others, 'asked', ['a', 'b', 'forged']), ['a', 'b', true, 2]);
    deepEqual(await invoke(others, 'story', []), [3, 31]);
    const statuses = await Promise.all(ports.slice(1).map((port) => statusOf(port)));
    deepEqual(new Set(statuses.map(({ object }) => object)), new Set(['tencounter.TenCounter']));
    equal(new Set(statuses.map(({ codeHash }) => codeHash)).size, 1);
  });
}

test('methods that write nothing are read without an entry in the log', async () => {
  await using stage = new Stage();
  stage.surroundings = { env: { CONCOORD_PATH: writeSources(stage) } };
  const { ports } = await stage.instanceOf('tencounter.TenCounter', 1);
  const [port = 0] = ports;
  await using c = new Counter(addressOf(port));
  await invoke(c, 'increment', []);
  const { applied } = await statusOf(port);

  equal(await invoke(c, 'tens', []), 1, 'a getter is called like a method');
  for (let left = 10_000; left > 0; left -= 500) {
    const values = await Promise.all(Array.from({ length: 500 }, () => c.getvalue()));
    deepEqual(new Set(values), new Set([10]));
  }

  equal((await statusOf(port)).applied, applied);
});

const KEEPER = `
export class Keeper {
  list: unknown[] = [];
  loads = 0;
  add(n: number): number { return this.list.push(n); }
  keep(): void { this.list.push(() => 1); }
  /** By a way that names do not show. */
  hide(): void { const make: any = [].values; this.list.push(make.call([1])); }
  load(_text: string): number { return ++this.loads; }
  drop(): number { this.list.length = 1; return this.list.length; }
}
`;

test('what no state can hold is refused, and what slips through costs no call', async () => {
  await using stage = new Stage();
  writeFileSync(join(stage.folder, 'keeper.ts'), KEEPER);
  const port = await freePort();
  const replica = await stage.replica(port, ['-o', 'keeper.Keeper', '-w']);
  await using c = new Counter(addressOf(port), { timeoutMs: 20_000 });
  equal(await invoke(c, 'add', [1]), 1);

  await rejects(invoke(c, 'keep', []), {
    code: 'INVALID_STATE',
    message: /object\.list\[1\] is a function that was made while the object ran; it had no effect/,
  });
  equal(await invoke(c, 'add', [2]), 2);
  await invoke(c, 'hide', []);
  // Snapshots are due meanwhile, and cannot be taken.
  const payload = 'x'.repeat(500_000);
  for (let call = 1; call <= 40; call++) equal(await invoke(c, 'load', [payload]), call);
  match(
    replica.stderr,
    /no snapshot can be taken.*object\.list\[2\] is an instance of ArrayIterator/,
  );
  replica.kill();
  await replica.ended();

  await stage.replica(port, ['-w']);
  equal(await invoke(c, 'add', [3]), 4, 'the log leads to the same state');
  equal(await invoke(c, 'drop', []), 1);
});

test('a class goes on from its directory, without its file', async () => {
  await using stage = new Stage();
  const env = { CONCOORD_PATH: writeSources(stage) };
  const port = await freePort();
  const replica = await stage.replica(port, ['-o', 'tencounter.TenCounter', '-w'], { env });
  await using c = new Counter(addressOf(port));
  equal(await invoke(c, 'increment', []), 10);
  replica.kill();
  await replica.ended();

  await stage.replica(port, ['-w']);

  equal(await invoke(c, 'increment', []), 20);
  deepEqual(await invoke(c, 'story', []), [2, 20]);
});

test('a class may stand in a CommonJS module, also as all of it', async () => {
  await using stage = new Stage();
  const body = `{
    #n = 0;
    add(by) { return (this.#n += by); }
    who(_concoord_command) { return _concoord_command.key; }
  }`;
  writeFileSync(join(stage.folder, 'whole.js'), `module.exports = class Tally ${body};`);
  const part = `
    const { Base } = require('./base.js');
    class Tally extends Base {}
    module.exports = { Tally };`;
  writeFileSync(join(stage.folder, 'part.js'), part);
  writeFileSync(join(stage.folder, 'base.js'), `exports.Base = class ${body};`);

  for (const name of ['./whole.js#Tally', 'part.Tally']) {
    const port = await freePort();
    await stage.replica(port, ['-o', name]);
    await using c = new Counter(addressOf(port));
    equal(await invoke(c, 'add', [2]), 2);
    equal(await invoke(c, 'add', [3]), 5);
    match(String(await invoke(c, 'who', [])), /^\d+:\d+$/);
  }
});

test('a class that is not there, or is none that replicas can run, is refused in one line', async () => {
  await using stage = new Stage();
  const sources = writeSources(stage);
  const files: Readonly<Record<string, string>> = {
    later: 'export class Later { async increment() {} }',
    broken: 'export class Broken {',
    curious:
      "import { readFileSync } from 'node:fs'; export class Curious { get() { return readFileSync('x') } }",
    thrower: "export class Thrower { constructor() { throw new RangeError('never made'); } }",
    endless: 'export class Endless { x = (() => { for (;;); })(); }',
    timer: 'const t = setTimeout(() => 1, 5); export class Timer { get() { return t; } }',
    circle: "import { B } from './circle-b.ts'; export class A {} export class Circle extends B {}",
    'circle-b': "import { A } from './circle.ts'; export class B extends A {}",
    bare: '',
    needy: 'export class Needy { constructor(readonly start: number) {} }',
  };
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(sources, `${name}.ts`), text);
  symlinkSync('loop.ts', join(sources, 'loop.ts'));
  stage.surroundings = { env: { CONCOORD_PATH: sources } };
  const expected: readonly (readonly [name: string, words: RegExp])[] = [
    ['nowhere.Nothing', /no module nowhere.*CONCOORD_PATH/],
    ['tencounter.Eleven', /Eleven.*TenCounter/],
    ['later.Later', /increment.*async/],
    ['broken.Broken', /broken\.ts:1:/],
    ['curious.Curious', /node:fs/],
    ['thrower.Thrower', /Thrower.*never made/],
    ['endless.Endless', /Endless.*takes more work \(turns of loops/],
    ['timer.Timer', /Timer.*no setTimeout in a replicated object/],
    ['circle.Circle', /Circle.*Class extends value undefined/],
    ['bare.Bare', /bare\.ts.*Bare/],
    ['loop.Loop', /loop\.ts cannot be read: .*ELOOP/],
    ['needy.Needy', /needs? .*argument/],
  ];

  for (const [name, words] of expected) {
    const { code, stderr, stdout } = await stage.run(
      'replica',
      '-o',
      name,
      '-p',
      String(await freePort()),
    );

    equal(code, 1, name);
    match(stderr.trim(), words);
    equal(stderr.trim().split('\n').length, 1, stderr);
    equal(stdout, '');
  }
});

test('another class of the same name is refused, with both hashes', async () => {
  await using stage = new Stage();
  const env = { CONCOORD_PATH: writeSources(stage) };
  const port = await freePort();
  await stage.replica(port, ['-o', 'tencounter.TenCounter'], { env });
  writeSources(stage, TEN_COUNTER.replace('step()', '2 * step()'));

  const joiner = stage.start(
    [
      'replica',
      '-p',
      String(await freePort()),
      '-b',
      addressOf(port),
      '-o',
      'tencounter.TenCounter',
    ],
    { env },
  );
  const { code } = await joiner.ended();

  equal(code, 1);
  match(joiner.stderr, /[0-9a-f]{64}.*[0-9a-f]{64}/);
});
