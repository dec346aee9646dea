import { equal, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FakeInstance } from './fake-instance-test-kit.ts';
import { VERSION } from './version.ts';

/** Runs a program that has a proxy `c`, and tells what it printed and how it ended. */
async function run(
  addresses: string,
  program: string,
  quorumTimeoutMs = 9000,
): Promise<{ code: number; out: string }> {
  const source = `
    import { Counter } from '${new URL('../proxy/counter.ts', import.meta.url).href}';
    const c = new Counter('${addresses}', { quorumTimeoutMs: ${quorumTimeoutMs} });
    ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out };
}

test('an idle proxy with an open connection does not keep a program running', async () => {
  await using instance = await FakeInstance.start(1);

  const { code, out } = await run(
    instance.addresses,
    `await c.increment(); console.log(await c.getvalue());`,
  );

  equal(out, '1\n');
  equal(code, 0);
});

test('a proxy that was never used, or has nobody to talk to, does not either', async () => {
  equal((await run('127.0.0.1:1', '')).code, 0);
  const { code, out } = await run(
    '127.0.0.1:1',
    `await c.increment().catch((error) => console.log(error.code));`,
    400,
  );
  equal(out, 'NO_QUORUM\n');
  equal(code, 0);
});

test('a call that nobody awaits keeps the program running until it has ended', async () => {
  await using instance = await FakeInstance.start(1);
  instance.silent = true;
  setTimeout(() => (instance.silent = false), 700);

  const { out } = await run(instance.addresses, `c.increment().then(() => console.log('done'));`);

  equal(out, 'done\n');
});

test('a program can wait for the end of a proxy', async () => {
  await using instance = await FakeInstance.start(1);

  const { code, out } = await run(
    instance.addresses,
    `c.increment(); await c.close(); console.log('closed');`,
  );

  equal(out, 'closed\n');
  equal(code, 0);
  equal(instance.sessions, 0);
});

test('replicas are told the version of this package', () => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

  ok(manifest.includes(`"version": "${VERSION}"`));
});
