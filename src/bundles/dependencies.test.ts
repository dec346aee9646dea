import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { dependenciesFor } from './dependencies.ts';
import { findPlatform, ownPlatform, PLATFORMS } from './platforms.ts';

type Tree = Readonly<Record<string, string | object>>;

/** A folder with these files; objects are written as JSON. */
function plant(t: TestContext, tree: Tree): string {
  const root = mkdtempSync(join(tmpdir(), 'concoord-tree-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(
      join(root, path),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  }
  return root;
}

const linux = findPlatform('linux-x64');

const INSTALLED: Tree = {
  'app/package.json': {
    dependencies: { one: '1', esbuild: '1' },
    devDependencies: { dev: '1' },
    optionalDependencies: { 'isolated-vm': '7' },
    peerDependencies: { peer: '1' },
  },
  'app/node_modules/two/package.json': { version: '2' },
  'app/node_modules/two/two.js': 'the second',
  'node_modules/one/package.json': { dependencies: { two: '1' } },
  'node_modules/one/index.js': '',
  'node_modules/one/index.d.ts': '',
  'node_modules/one/README.md': '',
  'node_modules/one/LICENSE.md': '',
  'node_modules/one/index.js.map': '',
  'node_modules/two/package.json': { version: '1' },
  'node_modules/two/two.js': 'the first',
  'node_modules/esbuild/package.json': {
    optionalDependencies: { '@esbuild/linux-x64': '1', '@esbuild/linux-arm64': '1' },
  },
  'node_modules/esbuild/lib/main.js': '',
  'node_modules/esbuild/bin/esbuild': 'of the machine that installed it',
  'node_modules/@esbuild/linux-x64/package.json': {},
  'node_modules/@esbuild/linux-x64/bin/esbuild': 'program',
  'node_modules/isolated-vm/package.json': {},
  'node_modules/isolated-vm/isolated-vm.js': '',
  'node_modules/isolated-vm/src/isolate.cc': '',
  'node_modules/isolated-vm/prebuilds/linux-x64/isolated-vm.abi137.glibc.node': '',
  'node_modules/isolated-vm/prebuilds/linux-x64/isolated-vm.abi137.musl.node': '',
  'node_modules/isolated-vm/prebuilds/linux-arm64/isolated-vm.abi137.glibc.node': '',
  'node_modules/dev/package.json': {},
  'node_modules/peer/package.json': {},
};

test('what replicas need is taken, from where an installation has put it, and nothing else', (t) => {
  const root = plant(t, INSTALLED);

  const { parts, noIsolates } = dependenciesFor(linux, join(root, 'app'));

  equal(noIsolates, undefined);
  deepEqual(parts.map(({ path }) => path).toSorted(), [
    'node_modules/@esbuild/linux-x64/bin/esbuild',
    'node_modules/@esbuild/linux-x64/package.json',
    'node_modules/esbuild/lib/main.js',
    'node_modules/esbuild/package.json',
    'node_modules/isolated-vm/isolated-vm.js',
    'node_modules/isolated-vm/package.json',
    'node_modules/isolated-vm/prebuilds/linux-x64/isolated-vm.abi137.glibc.node',
    'node_modules/one/LICENSE.md',
    'node_modules/one/index.js',
    'node_modules/one/package.json',
    'node_modules/two/package.json',
    'node_modules/two/two.js',
  ]);
  deepEqual(
    parts.filter(({ executable }) => executable).map(({ path }) => path),
    ['node_modules/@esbuild/linux-x64/bin/esbuild'],
  );
});

test('two versions of a package lie where each is found by whoever needs it', (t) => {
  const app = { dependencies: { two: '2', one: '1', esbuild: '1' } };
  const root = plant(t, { ...INSTALLED, 'app/package.json': app });

  const { parts } = dependenciesFor(linux, join(root, 'app'));

  const texts = new Map(parts.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]));
  equal(texts.get('node_modules/two/two.js'), 'the second');
  equal(texts.get('node_modules/one/node_modules/two/two.js'), 'the first');
});

test('a link in the place of a package is followed, and links inside of packages are not', (t) => {
  const root = plant(t, INSTALLED);
  writeFileSync(join(root, 'secret'), '');
  symlinkSync(join(root, 'secret'), join(root, 'node_modules/one/secret.js'));
  rmSync(join(root, 'app/node_modules/two'), { recursive: true });
  rmSync(join(root, 'node_modules/two'), { recursive: true });
  mkdirSync(join(root, 'elsewhere'));
  writeFileSync(join(root, 'elsewhere/package.json'), '{}');
  symlinkSync(join(root, 'elsewhere'), join(root, 'node_modules/two'));

  const paths = dependenciesFor(linux, join(root, 'app')).parts.map(({ path }) => path);

  equal(paths.includes('node_modules/two/package.json'), true);
  equal(paths.includes('node_modules/one/secret.js'), false);
});

test('without the compiled parts for a platform it is said how to install them', (t) => {
  const root = plant(t, INSTALLED);
  throws(() => dependenciesFor(findPlatform('linux-arm64'), join(root, 'app')), {
    code: 'UNSUPPORTED',
    message: 'a bundle for linux-arm64 needs @esbuild/linux-arm64@1, not installed here',
    remedy: 'Install it for this once: npm install --no-save --force @esbuild/linux-arm64@1',
  });
});

test('a platform without isolates is served without them', (t) => {
  const root = plant(t, INSTALLED);
  rmSync(join(root, 'node_modules/isolated-vm/prebuilds/linux-x64'), { recursive: true });

  const { parts, noIsolates } = dependenciesFor(linux, join(root, 'app'));

  equal(noIsolates, 'isolated-vm has nothing compiled for linux-x64');
  equal(
    parts.some(({ path }) => path.includes('isolated-vm')),
    false,
  );
  rmSync(join(root, 'node_modules/isolated-vm'), { recursive: true });
  const { noIsolates: why = '' } = dependenciesFor(linux, join(root, 'app'));
  match(why, /^isolated-vm is not installed here/);
});

test('there is a bundle for the machine of this test, and none for machines that nobody has', () => {
  equal(findPlatform().name, ownPlatform());
  equal(new Set(PLATFORMS.map(({ name }) => name)).size, PLATFORMS.length);
  throws(() => findPlatform('amiga-m68k'), { code: 'INVALID_ARGUMENT' });
});
