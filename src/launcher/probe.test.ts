import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { ownPlatform } from '../bundles/index.ts';
import { FakeNodes } from './nodes-test-kit.ts';
import { judge, parseFacts, probe } from './probe.ts';
import type { NodeFacts } from './probe.ts';

const GOOD: NodeFacts = {
  home: '/home/a',
  platform: 'linux-x64',
  system: 'Linux x86_64',
  freeBytes: 2 ** 30,
  canWriteHome: true,
  runtimes: [],
  current: undefined,
  tools: new Set(['tar', 'gzip', 'openssl']),
  listening: new Set([22]),
};

test('a node tells what it has', async () => {
  using nodes = new FakeNodes('h1');
  const facts = await probe(nodes.login('h1'));
  equal(facts.platform, ownPlatform());
  match(facts.home, /homes\/h1$/);
  equal(facts.canWriteHome, true);
  equal(Number(facts.freeBytes) > 0, true);
  equal(facts.current, undefined);
  deepEqual(facts.runtimes[0], { version: process.versions.node, path: process.execPath });
  equal(facts.tools.has('tar'), true);
});

test('nothing is wrong with a good node', () => {
  deepEqual(judge(GOOD, 2 ** 20), []);
});

test('what keeps replicas from a node is said, with what to do', () => {
  const cases: readonly (readonly [Partial<NodeFacts>, RegExp])[] = [
    [{ platform: undefined, system: 'SunOS sun4v' }, /it is SunOS sun4v; replicas run on Linux/],
    [{ canWriteHome: false }, /\/home\/a cannot be written; chown/],
    [{ tools: new Set(['gzip', 'shasum']) }, /no tar; install it/],
    [{ tools: new Set(['tar', 'gzip']) }, /nothing to check sums with; install/],
    [{ freeBytes: 2 ** 20 }, /1 MiB are free in \/home\/a, and it takes 10 MiB; make space/],
    [
      { listening: new Set(Array.from({ length: 1001 }, (_, index) => 14_000 + index)) },
      /no port of 14000 to 15000 is free/,
    ],
  ];
  for (const [change, text] of cases) {
    const findings = judge({ ...GOOD, ...change }, 10 * 2 ** 20);
    equal(findings.length, 1);
    equal(findings[0]?.fatal, true);
    match(findings[0]?.text ?? '', text);
  }
});

test('a login shell that is no shell of POSIX is found out', async () => {
  using nodes = new FakeNodes('h1');
  nodes.program('sh', 'exit 0');
  await rejects(probe(nodes.login('h1')), {
    code: 'REMOTE_NODE',
    message: /does not do as sh does/,
  });
});

test('an answer without its end, or with other words than were sent, is none', () => {
  equal(parseFacts(''), undefined);
  equal(parseFacts('@quoting it is\n@end\n'), undefined);
});
