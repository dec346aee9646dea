import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeView } from '../paxos/index.ts';
import {
  defaultDataDirectory,
  hashOfCode,
  listDataDirectories,
  openDataDirectory,
} from './data-directory.ts';
import type { Identity } from './data-directory.ts';
import { scratchDirectory } from './test-kit.ts';

const ADDRESS = '127.0.0.1:14000';
const IDENTITY: Identity = {
  instance: '0123456789abcdef0123456789abcdef',
  generation: 1,
  genesis: makeView(1, 1, [{ id: 77, address: ADDRESS, durable: true }]),
  id: 77,
  address: ADDRESS,
  objectName: 'concoord.object.counter.Counter',
  codeHash: 'c0de',
  incarnation: 1,
};

/** A directory as a replica leaves it. */
function made(path: string): void {
  const directory = openDataDirectory(path);
  directory.create(IDENTITY);
  directory.close();
}

test('each start with a directory raises its incarnation', (t) => {
  const path = join(scratchDirectory(t), 'deep', 'data');
  const first = openDataDirectory(path);
  assert.equal(first.identity, undefined);
  first.create(IDENTITY);
  first.close();

  for (const incarnation of [2, 3]) {
    const next = openDataDirectory(path, { address: ADDRESS, instance: IDENTITY.instance });
    assert.deepEqual(next.identity, { ...IDENTITY, incarnation });
    next.close();
  }
});

test('a recovery changes what is recorded', (t) => {
  const path = scratchDirectory(t);
  made(path);
  const directory = openDataDirectory(path);
  directory.update({ ...IDENTITY, generation: 2, incarnation: 2 });
  directory.close();

  const again = openDataDirectory(path);

  assert.equal(again.identity?.generation, 2);
  again.close();
});

test('a second holder is refused, and told who has the directory', (t) => {
  const path = scratchDirectory(t);
  const holder = openDataDirectory(path);

  assert.throws(() => openDataDirectory(path), {
    code: 'DATA_DIRECTORY_LOCKED',
    message: `${path} is in use by process ${process.pid}`,
  });

  holder.close();
  openDataDirectory(path).close();
});

test('the lock of another process ends with it, also by SIGKILL', async (t) => {
  const path = scratchDirectory(t);
  made(path);
  const module = new URL('data-directory.ts', import.meta.url).href;
  const program = `
    import { openDataDirectory } from ${JSON.stringify(module)};
    openDataDirectory(${JSON.stringify(path)});
    process.stdout.write('held');
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.throws(() => openDataDirectory(path), {
    code: 'DATA_DIRECTORY_LOCKED',
    message: new RegExp(`process ${child.pid}$`),
  });

  child.kill('SIGKILL');
  await once(child, 'exit');

  openDataDirectory(path).close();
});

test('a copy is recognised, a directory that was moved is not one', (t) => {
  const root = scratchDirectory(t);
  made(join(root, 'data'));
  cpSync(join(root, 'data'), join(root, 'copy'), { recursive: true, preserveTimestamps: true });
  assert.throws(() => openDataDirectory(join(root, 'copy')), { code: 'STALE_DIRECTORY' });

  renameSync(join(root, 'data'), join(root, 'elsewhere'));

  openDataDirectory(join(root, 'elsewhere')).close();
});

test('a backup that was put back is recognised', (t) => {
  const path = join(scratchDirectory(t), 'data');
  made(path);
  cpSync(path, `${path}.backup`, { recursive: true });
  openDataDirectory(path).close();
  rmSync(path, { recursive: true });

  renameSync(`${path}.backup`, path);

  assert.throws(() => openDataDirectory(path), { code: 'STALE_DIRECTORY' });
});

test('a copy without its stamp is refused, too', (t) => {
  const path = scratchDirectory(t);
  made(path);
  rmSync(join(path, 'stamp'));

  assert.throws(() => openDataDirectory(path), { code: 'STALE_DIRECTORY' });
});

test('the directory of another replica or instance is refused', (t) => {
  const path = scratchDirectory(t);
  made(path);

  assert.throws(() => openDataDirectory(path, { address: '127.0.0.1:14001' }), {
    code: 'DATA_DIRECTORY',
    message: `${path} belongs to the replica at ${ADDRESS}, not to 127.0.0.1:14001`,
  });
  assert.throws(() => openDataDirectory(path, { instance: 'f'.repeat(32) }), {
    code: 'DATA_DIRECTORY',
  });
  // A refused start leaves the lock and the incarnation alone.
  const directory = openDataDirectory(path);
  assert.equal(directory.identity?.incarnation, 2);
  directory.close();
});

test('what is no directory of a replica is refused', (t) => {
  const root = scratchDirectory(t);
  writeFileSync(join(root, 'file'), '');
  mkdirSync(join(root, 'photos'));
  writeFileSync(join(root, 'photos', 'cat.jpg'), '');
  mkdirSync(join(root, 'headless', 'log'), { recursive: true });

  assert.throws(() => openDataDirectory(join(root, 'file')), {
    code: 'DATA_DIRECTORY',
    message: /is not a directory$/,
  });
  assert.throws(() => openDataDirectory(join(root, 'photos')), {
    code: 'DATA_DIRECTORY',
    message: /holds cat\.jpg/,
  });
  assert.throws(() => openDataDirectory(join(root, 'headless')), { code: 'DATA_DIRECTORY' });
});

test('a start that was cut short does not spoil the directory', (t) => {
  const path = scratchDirectory(t);
  made(path);
  rmSync(join(path, 'identity'));
  writeFileSync(join(path, 'identity.new'), '{"form');

  const directory = openDataDirectory(path);

  assert.equal(directory.identity, undefined);
  directory.create(IDENTITY);
  directory.close();
  openDataDirectory(path).close();
});

test('the code that an instance runs is kept, and must be what the identity names', (t) => {
  const path = scratchDirectory(t);
  const code = new TextEncoder().encode('class TenCounter {}');
  writeFileSync(join(path, 'code'), 'of a start that was cut short');
  const directory = openDataDirectory(path);
  directory.create({ ...IDENTITY, codeHash: hashOfCode(code) }, code);
  assert.deepEqual(new Uint8Array(directory.code() ?? []), code);
  directory.close();

  writeFileSync(join(path, 'code'), 'class NineCounter {}');
  const later = openDataDirectory(path);

  assert.throws(() => later.code(), { code: 'CORRUPT_DATA', message: /not the code/ });
  later.close();
});

test('of a class of ours no code is kept, also when there was one', (t) => {
  const path = scratchDirectory(t);
  writeFileSync(join(path, 'code'), 'of a start that was cut short');
  const directory = openDataDirectory(path);
  directory.create(IDENTITY);

  assert.equal(directory.code(), undefined);
  directory.close();
});

test('a damaged identity is refused, and one of a newer release says so', (t) => {
  const path = scratchDirectory(t);
  made(path);
  const file = join(path, 'identity');
  const text = readFileSync(file, 'utf8');

  for (const damaged of [text.replace('77', '78'), text.slice(0, 40), '', 'null']) {
    writeFileSync(file, damaged);
    assert.throws(() => openDataDirectory(path), { code: 'CORRUPT_DATA' });
  }
  writeFileSync(file, text.replace('"format": 1', '"format": 2'));
  assert.throws(() => openDataDirectory(path), { code: 'VERSION_MISMATCH' });
});

test('existing directories are found by the address of their replica', (t) => {
  const root = join(scratchDirectory(t), 'concoord-data');
  assert.deepEqual(listDataDirectories(root), []);
  const path = defaultDataDirectory('::1', 14003, root);
  made(path);
  mkdirSync(join(root, 'empty'));
  writeFileSync(join(root, 'notes.txt'), '');

  assert.deepEqual(listDataDirectories(root), [{ path, identity: IDENTITY }]);
});
