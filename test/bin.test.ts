/**
 * The executables under a Node.js that is too old, in a package made for the purpose. The old Node.js is ours
 * with its version disguised; the one that takes over takes the disguise off.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin', import.meta.url));

const DISGUISE = `
  const versions = { ...process.versions, node: '20.19.0' };
  Object.defineProperty(process, 'versions', { value: versions });
`;

/** Answers what it was given. Told to wait, it says so and ends with 7 on SIGTERM. */
const CLI = `
  export async function main(argv) {
    const answer = JSON.stringify([process.versions.node === process.version.slice(1), ...argv]);
    if (argv[1] !== 'wait') {
      console.log(answer);
      return Number(argv[1]);
    }
    const busy = setInterval(() => {}, 1000);
    return new Promise((resolve) => {
      process.once('SIGTERM', () => {
        clearInterval(busy);
        resolve(7);
      });
      console.log(answer);
    });
  }
`;

interface Run {
  readonly process: ChildProcess;
  readonly stdout: Promise<string>;
  readonly stderr: Promise<string>;
  readonly ended: Promise<readonly [code: number | null, signal: string | null]>;
}

interface Surroundings {
  /** Where a newer Node.js is: among the dependencies of the package, beside it, or nowhere. */
  readonly with24?: 'own' | 'beside' | 'nowhere';
  readonly name?: string;
  /** A server bundle, which has nothing to install. */
  readonly bundled?: true;
}

/** Starts an executable of a new package under an old Node.js. */
function start(
  t: TestContext,
  args: readonly string[],
  { bundled, with24 = 'own', name = 'concoord' }: Surroundings = {},
): Run {
  const project = mkdtempSync(join(tmpdir(), 'concoord-bin-'));
  t.after(() => rmSync(project, { recursive: true, force: true }));
  const root = join(project, 'node_modules/concoord');
  cpSync(BIN, join(root, 'bin'), { recursive: true });
  const manifest = { type: 'module', ...(bundled && { private: true }) };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(root, 'disguise.js'), DISGUISE);
  mkdirSync(join(root, 'dist/cli'), { recursive: true });
  writeFileSync(join(root, 'dist/cli/main.js'), CLI);
  if (with24 !== 'nowhere') {
    const folder = join(with24 === 'own' ? root : project, 'node_modules/node/bin');
    const script = `#!/bin/sh\nunset NODE_OPTIONS\nexec '${process.execPath}' "$@"\n`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'node'), script, { mode: 0o755 });
  }
  const child = spawn(process.execPath, [join(root, `bin/${name}.js`), ...args], {
    env: { ...process.env, NODE_OPTIONS: `--import ${join(root, 'disguise.js')}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return {
    process: child,
    stdout: text(child.stdout),
    stderr: text(child.stderr),
    ended: once(child, 'exit') as Promise<[number | null, string | null]>,
  };
}

test('the Node.js of the checkout takes over, with the arguments and the exit code', async (t) => {
  const run = start(t, ['3', 'a b', '']);

  deepEqual(await run.ended, [3, null]);
  deepEqual(JSON.parse(await run.stdout), [true, 'concoord', '3', 'a b', '']);
  equal(await run.stderr, '');
});

test('the Node.js that a user installed beside the package takes over, too', async (t) => {
  const run = start(t, ['3'], { with24: 'beside' });

  deepEqual(await run.ended, [3, null], await run.stderr);
  deepEqual(JSON.parse(await run.stdout), [true, 'concoord', '3']);
});

test('openreplica says its own name', async (t) => {
  const run = start(t, ['0'], { name: 'openreplica' });

  deepEqual(await run.ended, [0, null]);
  deepEqual(JSON.parse(await run.stdout), [true, 'openreplica', '0']);
});

test('a signal reaches the process that took over, and its exit code comes back', async (t) => {
  const run = start(t, ['wait']);
  await once(run.process.stdout ?? run.process, 'data');

  run.process.kill('SIGTERM');

  deepEqual(await run.ended, [7, null]);
});

test('SIGKILL of the process that was started ends the one that took over', async (t) => {
  const run = start(t, ['wait']);
  await once(run.process.stdout ?? run.process, 'data');

  run.process.kill('SIGKILL');

  // The pipe closes when the last process that holds it is gone.
  match(await run.stdout, /wait/);
});

test('without a Node.js that is new enough, one line says what is needed', async (t) => {
  const run = start(t, ['0'], { with24: 'nowhere' });

  deepEqual(await run.ended, [1, null]);
  equal(await run.stdout, '');
  const needed = 'concoord: needs Node.js 24 or later, and this is 20.19.0';
  equal(await run.stderr, `${needed}; 'npm install node@24' brings it to this project\n`);
});

test('an unpacked bundle, which no npm looks after, is run with a newer Node.js', async (t) => {
  const run = start(t, ['0'], { with24: 'nowhere', bundled: true });

  deepEqual(await run.ended, [1, null]);
  const needed = 'concoord: needs Node.js 24 or later, and this is 20.19.0';
  const remedy = 'run bin/concoord.js with a Node.js 24: /path/to/node bin/concoord.js';
  equal(await run.stderr, `${needed}; ${remedy}\n`);
});
