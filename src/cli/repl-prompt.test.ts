import { equal, match } from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { REPLServer } from 'node:repl';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ProxyClasses } from './repl-classes.ts';
import { remember } from './repl-history.ts';
import { startPrompt } from './repl-prompt.ts';

/** A prompt at a terminal, and somebody who types. */
class Typist {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly complaints: string[] = [];
  readonly server: REPLServer;
  seen = '';

  constructor(t: TestContext, names: Readonly<Record<string, unknown>>) {
    this.output.on('data', (chunk: Buffer) => (this.seen += chunk.toString()));
    const { input, output } = this;
    const complain = (line: string): void => void this.complaints.push(line);
    this.server = startPrompt({ input, output, terminal: true, names, complain });
    t.after(() => this.server.close());
  }

  type(keys: string): void {
    this.input.write(keys);
  }

  async sees(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.seen)) await once(this.output, 'data');
  }
}

test('the tabulator completes names of methods', async (t) => {
  const classes = new ProxyClasses({});
  t.after(() => classes.closeAll());
  const Queue = classes.make('mine.Queue', ['enqueue', 'enrol', 'constructor', 'no name']);
  const typist = new Typist(t, { q: new Queue('127.0.0.1:1'), Queue });

  typist.type('q.enq\t');
  await typist.sees(/ueue/);
  equal(String(new Queue('127.0.0.1:2')), 'Queue(127.0.0.1:2)');
});

test('what is typed ahead waits for what is under way', async (t) => {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const typist = new Typist(t, { passGate: async () => (await gate, 5) });

  typist.type('found = passGate()\nfound * 1000 + 1\n');
  open();

  await typist.sees(/5001\n/);
  equal(typist.complaints.length, 0);
});

test('Ctrl-C ends the waiting, and not the prompt', async (t) => {
  let called = (): void => undefined;
  const call = new Promise<void>((resolve) => (called = resolve));
  const never = (): Promise<never> => (called(), new Promise(() => undefined));
  const typist = new Typist(t, { never });
  typist.type('never()\n');
  await call;

  typist.type('\u0003');
  typist.type('6 * 7\n');
  await typist.sees(/42\n/);

  match(typist.complaints.join(), /^Error: not waited for any more; it may still happen$/);
});

test('lines are remembered where nobody else can read them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-repl-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'concoord', 'repl-history');
  mkdirSync(join(folder, 'concoord'));
  writeFileSync(path, 'the line before\n');
  chmodSync(path, 0o644);
  const typist = new Typist(t, {});
  const warnings: string[] = [];

  await remember(typist.server, { XDG_CONFIG_HOME: folder }, (line) => warnings.push(line));
  typist.type('6 * 7\n');
  await typist.sees(/42\n/);
  while (!readFileSync(path, 'utf8').startsWith('6')) await once(typist.server, 'flushHistory');

  match(readFileSync(path, 'utf8'), /^6 \* 7\nthe line before\n?$/);
  equal(statSync(path).mode & 0o777, 0o600);
  equal(warnings.length, 0);
});

test('a place that cannot be written is said, and nothing else happens', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-repl-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const warnings: string[] = [];

  await remember(new Typist(t, {}).server, { XDG_CONFIG_HOME: file }, (line) =>
    warnings.push(line),
  );

  match(warnings.join(), /^lines are not remembered: ENOTDIR/);
});
