import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { judgeRuntime, setUp } from './install.ts';
import { FakeNodes, freightOf, sourcesAsBundle } from './nodes-test-kit.ts';

const quiet = (): undefined => undefined;

/** A PATH with the tools that are needed, and no Node.js. */
function withoutNode(nodes: FakeNodes): void {
  const folder = join(nodes.folder, 'tools');
  mkdirSync(folder);
  const names =
    'cat chmod cut df env find gzip ls mkdir mv readlink rm sed sh sha256sum tar uname'.split(' ');
  for (const name of names) {
    const found = ['/usr/bin', '/bin']
      .map((place) => join(place, name))
      .find((path) => existsSync(path));
    if (found !== undefined) symlinkSync(found, join(folder, name));
  }
  nodes.limitPath(folder);
}

test('a version is installed once, becomes the active one, and the next takes its place', async () => {
  using nodes = new FakeNodes('h1');
  const login = nodes.login('h1');
  const root = join(nodes.home('h1'), '.concoord');
  const said: string[] = [];

  const first = await setUp(login, freightOf(sourcesAsBundle()), (text) => said.push(text));
  equal(first.changed, true);
  match(said.join(), /^copying 0\.0\.1-[0-9a-f]{12} /);
  equal(readlinkSync(join(root, 'current')), `versions/${first.id}`);
  deepEqual(readdirSync(join(root, 'incoming')), []);
  const again = await setUp(login, freightOf(sourcesAsBundle()), (text) => said.push(text));
  deepEqual(again, { id: first.id, changed: false });
  equal(said.length, 1, 'nothing was copied again');

  const second = await setUp(login, freightOf(sourcesAsBundle('0.0.2')), quiet);
  equal(readlinkSync(join(root, 'current')), `versions/${second.id}`);
  deepEqual(
    readdirSync(join(root, 'versions')),
    [first.id, second.id],
    'what runs keeps its files',
  );
  match(readFileSync(join(root, 'bin', 'concoord'), 'utf8'), /^#!\/bin\/sh\n/);
});

test('what arrives with another sum is not installed', async () => {
  using nodes = new FakeNodes('h1');
  const bundle = { ...sourcesAsBundle(), sha256: '0'.repeat(64) };
  await rejects(setUp(nodes.login('h1'), freightOf(bundle), quiet), {
    code: 'REMOTE_NODE',
    message: /h1: the bundle could not be installed: it arrived with another sum, [0-9a-f]{64}/,
  });
  deepEqual(readdirSync(join(nodes.home('h1'), '.concoord', 'versions')), []);
  deepEqual(readdirSync(join(nodes.home('h1'), '.concoord', 'incoming')), []);
});

test('what does not run there does not become the active version', async () => {
  using nodes = new FakeNodes('h1');
  const broken = sourcesAsBundle('0.0.1', 'throw new Error("no");');
  await rejects(setUp(nodes.login('h1'), freightOf(broken), quiet), {
    code: 'REMOTE_NODE',
    message: /what was installed does not run/,
  });
  equal(existsSync(join(nodes.home('h1'), '.concoord', 'current')), false);
});

test('a full disk is called so, and nothing is left', async () => {
  using nodes = new FakeNodes('h1');
  nodes.program('tar', 'echo "tar: write error: No space left on device" >&2; exit 2');
  await rejects(setUp(nodes.login('h1'), freightOf(sourcesAsBundle()), quiet), {
    code: 'REMOTE_NODE',
    message: /its disk is full \(tar: .*\); nothing was installed/,
  });
  deepEqual(readdirSync(join(nodes.home('h1'), '.concoord', 'incoming')), []);
});

test('a node without Node.js gets one, which is checked before it is kept', async () => {
  using nodes = new FakeNodes('h1', 'h2');
  withoutNode(nodes);
  const runtime = (script: string): { file: string; sha256: string; version: string } => {
    const file = join(nodes.folder, 'node');
    writeFileSync(file, script);
    return { file, sha256: createHash('sha256').update(script).digest('hex'), version: '24.0.0' };
  };
  const bundle = sourcesAsBundle();

  const works = runtime(`#!/bin/sh\nexec ${process.execPath} "$@"\n`);
  await setUp(nodes.login('h1'), freightOf(bundle, works), quiet);
  const kept = readlinkSync(join(nodes.home('h1'), '.concoord', 'node'));
  equal(readFileSync(kept, 'utf8'), readFileSync(works.file, 'utf8'));

  const useless = runtime('#!/bin/sh\necho "GLIBC_2.99 not found" >&2; exit 1\n');
  const login = nodes.login('h2');
  await rejects(setUp(login, freightOf(bundle, useless), quiet), {
    message: /h2: the Node\.js of this machine does not run there \(GLIBC_2\.99 not found\)/,
  });
  deepEqual(readdirSync(join(nodes.home('h2'), '.concoord', 'runtimes')), []);
  await rejects(setUp(login, freightOf(bundle), quiet), {
    message:
      /it has no Node\.js 24 \(none\), and ours is for .*: install Node\.js 24 there, or name one/,
  });
});

test('an old Node.js with two names is counted once', () => {
  const facts = {
    home: '/home/a',
    platform: 'linux-x64',
    system: 'Linux x86_64',
    freeBytes: undefined,
    canWriteHome: true,
    runtimes: ['node', 'nodejs'].map((name) => ({ version: '20.20.2', path: `/usr/bin/${name}` })),
    current: undefined,
    tools: new Set<string>(),
    listening: undefined,
  };
  match(
    judgeRuntime(facts, freightOf(sourcesAsBundle()))?.text ?? '',
    /no Node\.js 24 \(20\.20\.2\)/,
  );
});
