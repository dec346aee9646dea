/** Classes with odd names, ends of lines and sizes, from the file to a replica that joins without it. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { BareProxy, close, invoke } from '../../src/client/index.ts';
import { addressOf, allAlive, Stage, statusOf } from './kit.ts';
import { freePort, freePorts } from './ports.ts';

const MEBIBYTE = 1024 * 1024;

/** What a method gives where the class was received from the replica that has its file. */
async function joined(object: string, method: string, write: (folder: string) => void) {
  await using stage = new Stage();
  const folder = join(stage.folder, 'sources');
  mkdirSync(folder);
  write(folder);
  const [first = 0, second = 0] = await freePorts(2);
  const founder = await stage.replica(first, ['-o', object], { cwd: folder });
  await stage.replica(second, ['-b', addressOf(first)]);
  await allAlive([first, second], 2);
  const remote = new BareProxy(addressOf(second));
  const value = await invoke(remote, method, []);
  await close(remote);
  equal(founder.running, true);
  return { value, name: (await statusOf(second)).object };
}

test('files and classes may be named in any language, and lines end in any way', async () => {
  const lines = [
    '\uFEFFexport class Größe$ {',
    'n = 41;',
    'mehr() {',
    'return ++this.n;',
    '}',
    '}',
    '',
  ];
  const text = lines.join('\r\n');

  const { value, name } = await joined('./weird.name-ü.ts#Größe$', 'mehr', (folder) =>
    writeFileSync(join(folder, 'weird.name-ü.ts'), text),
  );

  deepEqual([value, name], [42, 'weird.name-ü.Größe$']);
});

test('files that import one another, and six mebibytes of them, reach who joins', async () => {
  const { value } = await joined('large.Large', 'size', (folder) => {
    for (const part of ['one', 'two']) {
      const filling = 'y'.repeat(3 * MEBIBYTE);
      const back = "import { Large } from './large.ts'; export const owner = () => Large.name;";
      writeFileSync(join(folder, `${part}.ts`), `${back}\nexport const text = '${filling}';`);
    }
    writeFileSync(
      join(folder, 'large.ts'),
      `import { owner, text } from './one.ts';
      import { text as more } from './two.ts';
      export class Large {
        calls = 0;
        size() { return [++this.calls, owner(), text.length + more.length]; }
      }`,
    );
  });

  deepEqual(value, [1, 'Large', 6 * MEBIBYTE]);
});

test('a class that is too large, or cannot be read, is refused in one line and leaves nothing', async () => {
  await using stage = new Stage();
  const write = (name: string, text: string): void =>
    writeFileSync(join(stage.folder, `${name}.ts`), text);
  write('ten', `export class A {} // ${'x'.repeat(10 * MEBIBYTE)}`);
  const parts = ['a', 'b', 'c', 'd'];
  for (const part of parts) write(part, `export const ${part} = '${'y'.repeat(3 * MEBIBYTE)}';`);
  const imports = parts.map((part) => `import { ${part} } from './${part}.ts';`);
  write('sum', `${imports.join('')} export class A { m() { return ${parts.join(' + ')}; } }`);
  write('garbage', '\u0001\uFFFD\u0000{');
  const chain = 'a ? 1 : '.repeat(100_000);
  write('deep', `declare const a: 1; export class A { m() { return ${chain}2; } }`);
  mkdirSync(join(stage.folder, 'folder.ts'));
  const expected: readonly (readonly [name: string, words: RegExp])[] = [
    ['ten.A', /ten\.ts has 10485\d+ bytes, and a source file at most 4194304/],
    ['sum.A', /with all its imports: 1258\d+ bytes, at most 8388608/],
    ['garbage.A', /garbage\.ts:1:1: /],
    ['deep.A', /deep\.ts: .*nested too deeply/],
    ['./folder.ts#A', /folder\.ts is a directory/],
  ];

  for (const [name, words] of expected) {
    const port = String(await freePort());
    const { code, stderr, stdout } = await stage.run('replica', '-w', '-o', name, '-p', port);

    equal(code, 1, name);
    match(stderr, words);
    equal(stderr.trim().split('\n').length, 1, stderr);
    equal(stdout, '');
  }
  const left = readdirSync(stage.folder, { recursive: true }).map((path) => basename(String(path)));
  for (const name of ['identity', 'code', 'log', 'snapshots']) equal(left.includes(name), false);
});
