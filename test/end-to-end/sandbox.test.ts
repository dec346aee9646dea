/** A machine on which isolates cannot be had. */
import { equal, match, rejects } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ConCoordError, invoke } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { installClient } from './generated.ts';
import { addressOf, allAlive, bootstrapOf, Stage, statusOf } from './kit.ts';
import { freePort } from './ports.ts';

const TALLY = `
let calls = 0;
export class Tally {
  value = 0;
  #seen = new Map<string, number>();
  increment(): number { calls++; this.#seen.set('last', Date.now()); return ++this.value; }
  getvalue(): number { return this.value; }
  story(): unknown[] { return [calls, this.value, this.#seen.get('last')]; }
  forever(): void { calls = -1; this.value = -1; this.#seen.clear(); for (;;); }
}
`;

const NO_ISOLATES = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve(name, context, next) {
    if (name === 'isolated-vm') throw new Error('no such package');
    return next(name, context);
  },
});
`;

/** What the environment of a process without isolates has in addition. */
function withoutIsolates(stage: Stage): { readonly NODE_OPTIONS: string } {
  const file = join(stage.folder, 'no-isolates.mjs');
  writeFileSync(file, NO_ISOLATES);
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` };
}

test('without isolates a proxy is written by the text of the class alone, and that is said', async () => {
  await using stage = new Stage();
  installClient(stage.folder);
  writeFileSync(join(stage.folder, 'tally.ts'), TALLY);
  writeFileSync(join(stage.folder, 'late.ts'), 'export class Late { async m() {} }');
  stage.surroundings = { env: withoutIsolates(stage) };

  const [written, refused] = await Promise.all([
    stage.run('object', '-o', 'tally.Tally'),
    stage.run('object', '-o', 'late.Late'),
  ]);

  equal(written.code, 0, written.stderr);
  match(written.stderr, /^concoord: isolated-vm cannot be loaded, .*replicas may refuse it\n$/);
  equal(refused.code, 1);
  match(refused.stderr, /^concoord: .*late\.ts:1:21: Late\.m is asynchronous .*\n$/);
});

test('a replica without isolates runs a class only when told to, and says what it costs', async () => {
  await using stage = new Stage();
  writeFileSync(join(stage.folder, 'tally.ts'), TALLY);
  stage.surroundings = { env: { CONCOORD_PATH: stage.folder, ...withoutIsolates(stage) } };
  const args = ['replica', '-o', 'tally.Tally', '-p', String(await freePort())];

  const refused = await stage.run(...args);
  equal(refused.code, 1);
  match(refused.stderr, /^concoord: .*isolated-vm cannot be loaded.*--sandbox vm/m);

  const wrong = await stage.run(...args, '--sandbox', 'chroot');
  equal(wrong.code, 2);
  match(wrong.stderr, /chroot.*isolate and vm/);

  const { ports, replicas } = await stage.instanceOf('tally.Tally', 1, '--sandbox', 'vm');
  match(replicas[0]?.stderr ?? '', /no wall/);
  await using c = new Counter(addressOf(ports[0] as number));
  equal(await c.increment(), 1);
});

test('replicas with and without isolates compute the same, and bring one another to it', async () => {
  await using stage = new Stage();
  writeFileSync(join(stage.folder, 'tally.ts'), TALLY);
  const env = { CONCOORD_PATH: stage.folder };
  stage.surroundings = { env: { ...env, ...withoutIsolates(stage) } };
  const { ports, replicas } = await stage.instanceOf('tally.Tally', 1, '--sandbox', 'vm');
  const founder = addressOf(ports[0] as number);
  await using c = new Counter(founder, { timeoutMs: 20_000 });
  const killed = (error: unknown): boolean =>
    error instanceof ConCoordError && error.code === 'BUDGET_EXCEEDED';
  equal(await c.increment(), 1);
  await rejects(invoke(c, 'forever', []), killed);

  for (const sandbox of ['isolate', 'vm']) {
    const port = await freePort();
    stage.surroundings = { env: sandbox === 'vm' ? { ...env, ...withoutIsolates(stage) } : env };
    replicas.push(await stage.replica(port, ['-b', founder, '--sandbox', sandbox]));
    ports.push(port);
  }
  await allAlive(ports, 3);
  equal(await c.increment(), 2);
  await rejects(invoke(c, 'forever', []), killed);
  const story = await invoke(c, 'story', []);

  replicas[0]?.kill();
  await using others = new Counter(bootstrapOf(ports.slice(1)), { timeoutMs: 20_000 });
  equal(JSON.stringify(await invoke(others, 'story', [])), JSON.stringify(story));
  equal(await others.increment(), 3);
  for (const port of ports.slice(1)) equal((await statusOf(port)).diverged, false);
});
