/** One lock, and several processes that want it. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { DirectoryLock, LOCK_FILE } from './directory-lock.ts';

const MODULE = JSON.stringify(new URL('directory-lock.ts', import.meta.url).href);

/** About to write, as SQLite has it: others may still begin to read. */
const RESERVES = `
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(process.argv[1]);
  database.exec('BEGIN IMMEDIATE');
  console.log('begins');
  process.stdin.resume().on('end', () => database.close());
`;
const WAITS = `
  const { DirectoryLock } = await import(${MODULE});
  console.log('begins');
  try {
    new DirectoryLock(process.argv[1], 60_000).release();
  } catch (error) {
    console.log(error.message);
    process.exitCode = 1;
  }
`;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'concoord-lock-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function begin(t: TestContext, script: string, path: string): Promise<Begun> {
  const args = ['--input-type=module', '-e', script, path];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code]) => code as number);
  await once(child.stdout, 'data');
  return { ended, end: () => child.stdin.end() };
}

interface Begun {
  readonly ended: Promise<number>;
  end(): void;
}

test('of two that wait each has it once, whatever both have seen of it before', async (t) => {
  const path = folder(t);
  new DirectoryLock(path).release();
  const owner = await begin(t, RESERVES, join(path, LOCK_FILE));
  const waiting = [await begin(t, WAITS, path), await begin(t, WAITS, path)];

  owner.end();

  equal(await owner.ended, 0);
  deepEqual(await Promise.all(waiting.map(({ ended }) => ended)), [0, 0]);
});

test('whoever comes second is told who has it', async (t) => {
  const path = folder(t);
  const lock = new DirectoryLock(path);
  t.after(() => lock.release());
  throws(
    () => new DirectoryLock(path),
    (error: Error) => {
      match(error.message, new RegExp(`is in use by process ${process.pid}$`));
      return true;
    },
  );
});
