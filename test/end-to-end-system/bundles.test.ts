/** Bundles are the same bytes wherever they are made, and say what they cannot be made of. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Stage } from '../end-to-end/kit.ts';
import { CLIENT, makeBundles, OBJECT, SERVER, sh, TEN_COUNTER } from './bundles.ts';
import { need } from './needs.ts';
import { pack, ROOT, USERS_ENV } from './stranger.ts';

/** What a checkout needs to build itself, beside installed packages. */
const SOURCES = ['bin', 'src', 'scripts', 'Makefile', 'LICENSE', 'package.json', 'tsconfig.json'];

test('bundles are the same bytes wherever and however they are made', async (t) => {
  need('make', 'make');
  await using stage = new Stage();
  const objects = join(stage.folder, 'mine');
  mkdirSync(objects);
  writeFileSync(join(objects, 'tencounter.ts'), TEN_COUNTER);
  const first = join(stage.folder, 'first');
  makeBundles(ROOT, first, 'umask 022', { CONCOORD_PATH: objects, TZ: 'UTC', LC_ALL: 'C' });

  // A checkout somewhere else, which builds itself, and an object from another folder.
  const copy = join(stage.folder, 'a copy of it');
  mkdirSync(copy);
  for (const name of [...SOURCES, 'tsconfig.build.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'tencounter.ts'), TEN_COUNTER);
  const second = join(stage.folder, 'second');
  makeBundles(copy, second, 'umask 077', { TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8' });

  // And the package as others have installed it.
  const project = join(stage.folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{}');
  writeFileSync(join(project, 'tencounter.ts'), TEN_COUNTER);
  const tarball = join(stage.folder, pack(stage.folder));
  // With the npm of an older Node.js there would be no isolates.
  const searchPath = `${join(ROOT, 'node_modules/.bin')}:${USERS_ENV['PATH']}`;
  sh(project, `npm install --silent --prefer-offline ${tarball}`, { PATH: searchPath });
  for (const kind of ['server', 'client']) {
    const { code, stderr } = await installed(stage, project, 'bundle', kind, '--objects', OBJECT);
    equal(code, 0, stderr);
  }

  for (const file of [SERVER, CLIENT]) {
    const bytes = readFileSync(join(first, file));
    for (const folder of [second, project]) {
      ok(bytes.equals(readFileSync(join(folder, file))), `${file} in ${folder} differs`);
    }
    t.diagnostic(`${file}: ${bytes.length} bytes`);
    const top = file.replace('.tar.gz', '/');
    for (const line of sh(first, `tar tvzf ${file} --quoting-style=literal`)
      .trimEnd()
      .split('\n')) {
      match(line, /^-rw(?:-r--r--|xr-xr-x) 0\/0 /, 'only files, of nobody');
      const path = line.split(/\s+/).slice(5).join(' ');
      ok(path.startsWith(top) && !/(?:^|\/)\.{1,2}(?:\/|$)/.test(path), path);
    }
  }
});

async function installed(
  stage: Stage,
  project: string,
  ...args: string[]
): Promise<{ code: number | null; stderr: string }> {
  const main = join(project, 'node_modules/concoord/bin/concoord.js');
  const run = stage.start(args, { cwd: project, main });
  const { code } = await run.ended();
  return { code, stderr: run.stderr };
}

test('what a bundle cannot be made of is said in one line', async () => {
  await using stage = new Stage();
  writeFileSync(join(stage.folder, 'wrong.ts'), 'export class Wrong { async f() {} }');
  mkdirSync(join(stage.folder, 'folder'));
  const cases: readonly (readonly [args: readonly string[], said: RegExp])[] = [
    [
      ['server', '--platform', 'darwin-x64'],
      /needs @esbuild\/darwin-x64@\S+ .*npm install --no-save/,
    ],
    [['server', '--objects', 'no.Such'], /no module no\{.*\(INVALID_CLASS\)/],
    [['client', '--objects', 'wrong.Wrong'], /wrong\.ts:1:.*\(INVALID_CLASS\)/],
    [['client', '--out', 'folder'], /cannot write .*folder/],
  ];
  for (const [args, said] of cases) {
    const main = join(ROOT, 'bin/concoord.js');
    const run = stage.start(['bundle', ...args], { main });
    deepEqual([(await run.ended()).code, run.stdout], [1, ''], args.join(' '));
    match(run.stderr, said);
    match(run.stderr, /^concoord: [^\n]*\n$/);
  }
});
