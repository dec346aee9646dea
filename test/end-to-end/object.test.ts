/** A proxy that the command writes, used against real replicas as a user has it. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { ObjectProxy, ProxyOptions } from '../../src/client/index.ts';
import { installClient } from './generated.ts';
import { bootstrapOf, COUNTER, Stage } from './kit.ts';

/** As the generated text declares it; that it does is checked where it is compiled. */
interface Counter extends ObjectProxy {
  increment(): Promise<void>;
  decrement(): Promise<void>;
  getvalue(): Promise<number>;
  __concoordinit__(value?: number): Promise<void>;
  __str__(): Promise<string>;
  __repr__(): Promise<string>;
}

interface ProxyModule {
  readonly Counter: new (bootstrap: string, options?: ProxyOptions) => Counter;
}

test('proxies of all four types count, in TypeScript, in JavaScript, and without a package', async () => {
  await using stage = new Stage();
  installClient(stage.folder);
  const types = ['0', '1', '2', '3', '0'];
  const languages = [[], [], [], ['--js'], ['--standalone']];
  const folders = types.map((_, index) => `proxy-${index}`);
  const [{ ports }, ...runs] = await Promise.all([
    stage.instance(1),
    ...types.map((type, index) => {
      const flags = ['--out', folders[index] ?? '', ...(languages[index] ?? [])];
      return stage.run('object', '-o', COUNTER, '-p', type, ...flags);
    }),
  ]);
  const paths = runs.map(({ stdout }) => {
    const [, path] = /^Client proxy file created with name: (.*)\n$/m.exec(stdout) ?? [];
    return path ?? '';
  });
  const files = languages.map(({ length }) => `counterproxy.${length > 0 ? 'js' : 'ts'}`);
  deepEqual(
    paths,
    folders.map((folder, index) => join(stage.folder, folder, files[index] ?? '')),
  );

  let expected = 0;
  for (const path of paths) {
    const proxy = (await import(pathToFileURL(path).href)) as ProxyModule;
    await using c = new proxy.Counter(bootstrapOf(ports), { timeoutMs: 30_000 });
    const calls = Array.from({ length: 100 }, () => c.increment());
    await c.flush();
    await Promise.all(calls);
    expected += 100;
    equal(await c.getvalue(), expected);
    equal(await c.with({ read: 'stale' }).__str__(), `The counter value is ${expected}`);
  }
  const last = (await import(pathToFileURL(paths[0] ?? '').href)) as ProxyModule;
  await using c = new last.Counter(bootstrapOf(ports));
  await c.__concoordinit__(40);
  await c.decrement();
  equal(await c.getvalue(), 39);
  await c.__concoordinit__();
  equal(await c.__repr__(), 'The counter value is 0');
});

test('each step is printed when that is asked for, and a secret only written by name', async () => {
  await using stage = new Stage();
  writeFileSync(join(stage.folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(stage.folder, 'tencounter.ts'),
    'export class TenCounter {\n  static f = 1;\n  ten(n: number): number {\n    return 10 * n;\n  }\n' +
      '  me(): this {\n    return this;\n  }\n}\n',
  );
  const written = (): string => readFileSync(join(stage.folder, 'tencounterproxy.ts'), 'utf8');
  const name = ['-o', 'tencounter.TenCounter'];

  const quiet = await stage.run('object', ...name, '-t', 'secret', '-v');
  equal(quiet.code, 0, quiet.stderr);
  const [missing, importing, ...others] = quiet.stderr.trim().split('\n');
  match(
    missing ?? '',
    /tencounter\.ts:6:3: TenCounter\.me is left out of the proxy: the object itself/,
  );
  match(importing ?? '', /^concoord: .*tencounterproxy\.ts imports concoord, .*--standalone$/);
  deepEqual(others, []);
  match(quiet.stdout, /^tencounter\.TenCounter is TenCounter in .*tencounter\.ts$/m);
  match(quiet.stdout, /^the token is not written: .*CONCOORD_TOKEN$/m);
  match(quiet.stdout, /^class TenCounter: ten$/m);
  match(quiet.stdout, /^left out: f: it is static, and belongs to no object$/m);
  match(quiet.stdout, /\nClient proxy file created with name: .*tencounterproxy\.ts\n$/);
  equal(written().includes('secret'), false);

  const loud = await stage.run('object', ...name, '--token', 'secret', '--embed-token');
  equal(loud.stdout.trim().split('\n').length, 1);
  match(written(), /super\(bootstrap, \{ token: 'secret', \.\.\.options \}, 'one-by-one'\);/);
});

test('what cannot be generated exits with 1, and leaves nothing', async () => {
  await using stage = new Stage();
  writeFileSync(join(stage.folder, 'bad.ts'), 'export class Bad {\n  async a() {}\n}\n');

  const { code, stdout, stderr } = await stage.run('object', '-o', './bad.ts#Bad');

  deepEqual([code, stdout], [1, '']);
  match(
    stderr,
    /^concoord: .*bad\.ts:2:3: Bad\.a is asynchronous \(INVALID_CLASS\)\. Return .*\n$/,
  );
  equal(existsSync(join(stage.folder, 'badproxy.ts')), false);
});
