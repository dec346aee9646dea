/** `concoord object -s`: what it prints and how it ends, as scripts rely on it. */
import { deepEqual, equal, doesNotMatch, match } from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { installClient } from './generated.ts';
import { COUNTER, Stage } from './kit.ts';

const UNSAFE = `import { readFileSync } from 'node:fs';
import { helper } from './lib/helper.ts';

export class Thief {
  run(code: string): unknown {
    const e = eval;
    return [e(code), (() => {}).constructor(code), helper, readFileSync];
  }
}
`;
const HELPER = 'export const helper = (): unknown =>\n  process.env;\n';

test('every violation is a line, the last line says what follows, and nothing is written', async () => {
  await using stage = new Stage();
  mkdirSync(join(stage.folder, 'lib'));
  writeFileSync(join(stage.folder, 'thief.ts'), UNSAFE);
  writeFileSync(join(stage.folder, 'lib/helper.ts'), HELPER);
  const code = 'code comes with the class, and never from a string';
  const lines = [
    '1 | node:fs is a module of Node.js, which objects do not have: they compute only --> EXIT',
    `6 | there is no eval in a replicated object: ${code} --> EXIT`,
    `7 | constructor is called, which makes code: ${code} --> EXIT`,
    '2 | in lib/helper.ts: there is no process in a replicated object: objects compute only; ' +
      'the client does the rest, and passes the result on --> EXIT',
    'Object is not safe to execute.',
  ];

  const [quiet, loud] = await Promise.all([
    stage.run('object', '-o', 'thief.Thief', '-s'),
    stage.run('object', '-o', './thief.ts#Thief', '--safe', '--verbose'),
  ]);

  deepEqual(quiet, { code: 1, stdout: `${lines.join('\n')}\n`, stderr: '' });
  const verbose = ['Checking object safety', ...lines].join('\n');
  deepEqual(loud, { code: 1, stdout: `${verbose}\n`, stderr: '' });
  equal(existsSync(join(stage.folder, 'thiefproxy.ts')), false);
});

test('of a safe class only -v says so, and its proxy is written', async () => {
  await using stage = new Stage();
  installClient(stage.folder);
  const [quiet, loud, unchecked] = await Promise.all([
    stage.run('object', '-o', COUNTER, '-s', '--out', 'quiet'),
    stage.run('object', '-o', COUNTER, '-sv', '--out', 'loud'),
    stage.run('object', '-o', COUNTER, '-v', '--out', 'unchecked'),
  ]);

  match(quiet.stdout, /^Client proxy file created with name: .*quiet.counterproxy\.ts\n$/);
  match(
    loud.stdout,
    /^Checking object safety\nObject is safe!\n(?:.*\n)+Client proxy file created .*\n$/,
  );
  equal(/safe/.test(unchecked.stdout), false);
  deepEqual(
    [quiet, loud, unchecked].map(({ code, stderr }) => [code, stderr]),
    [
      [0, ''],
      [0, ''],
      [0, ''],
    ],
  );
});

test('without -s an unsafe class that replicas run has its proxy', async () => {
  await using stage = new Stage();
  const text = UNSAFE.replace(/^import .*node:fs.*\n/, '').replace(', readFileSync', '');
  writeFileSync(join(stage.folder, 'thief.ts'), text);
  mkdirSync(join(stage.folder, 'lib'));
  writeFileSync(join(stage.folder, 'lib/helper.ts'), HELPER.replace('process.env', '1'));

  const [safe, { code, stdout, stderr }] = await Promise.all([
    stage.run('object', '-o', 'thief.Thief', '-s'),
    stage.run('object', '-o', 'thief.Thief'),
  ]);

  equal(safe.code, 1);
  equal(code, 0, stderr);
  match(stdout, /^Client proxy file created with name: .*thiefproxy\.ts\n$/);
});

test('a class that cannot be read fails in one line with its place', async () => {
  await using stage = new Stage();
  writeFileSync(join(stage.folder, 'broken.ts'), 'export class Broken {\n  run( }\n}\n');

  const [broken, missing] = await Promise.all([
    stage.run('object', '-o', 'broken.Broken', '-s'),
    stage.run('object', '-o', 'missing.Missing', '-s'),
  ]);

  deepEqual([broken.code, broken.stdout], [1, '']);
  match(broken.stderr, /^concoord: \S*broken\.ts:2:\d+: [^\n]* \(INVALID_CLASS\)\. [^\n]*\n$/);
  deepEqual([missing.code, missing.stdout], [1, '']);
  match(missing.stderr, /^concoord: no module missing\{[^\n]* \(INVALID_CLASS\)\. [^\n]*\n$/);
});

test('whoever reads only the first lines gets no more, and no complaint', async () => {
  await using stage = new Stage();
  writeFileSync(join(stage.folder, 'many.js'), `export class Many {}\n${'eval;\n'.repeat(20_000)}`);

  const started = stage.start(['object', '-o', 'many.Many', '-s']);
  started.child.stdout?.destroy();
  const { code } = await started.ended();

  deepEqual([code, started.stderr], [1, '']);

  const usual = ['--help', 'status 127.0.0.1:1 --json', 'object -o many.Many'];
  for (const line of usual) {
    const command = stage.start(line.split(' '));
    command.child.stdout?.destroy();
    const ended = await command.ended();
    deepEqual([ended.code === null, /\n\s+at /.test(command.stderr)], [false, false], line);
    doesNotMatch(command.stderr, /EPIPE/);
  }
});
