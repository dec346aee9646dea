import { deepEqual, doesNotMatch, equal } from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Above } from './output.ts';
import { ReplicaShell } from './replica-shell.ts';
import type { ShellReplica } from './shell-commands.ts';
import { fakeReplica } from './shell-test-kit.ts';

/** A terminal with a shell, and somebody who types. */
class Typist {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly events: string[] = [];
  readonly shell: ReplicaShell;
  above: Above | undefined;
  seen = '';

  constructor(t: TestContext, replica: ShellReplica = fakeReplica()) {
    this.output.on('data', (chunk: Buffer) => (this.seen += chunk.toString()));
    const { events, input, output } = this;
    const note = (event: string) => (): void => void events.push(event);
    this.shell = new ReplicaShell({
      input,
      output,
      replica: { ...replica, stop: note('stop') },
      logThrough: (above) => (this.above = above),
      interrupted: note('interrupted'),
      suspend: note('suspended'),
    });
    t.after(() => this.shell.close());
  }

  async sees(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.seen)) await once(this.output, 'data');
  }

  type(keys: string): void {
    this.seen = '';
    this.input.write(keys);
  }

  /** A line of the log. */
  log(line: string): void {
    this.above?.(() => void this.output.write(`${line}\n`));
  }
}

test('a command is answered, and the prompt comes back', async (t) => {
  const typist = new Typist(t);
  await typist.sees(/> /);

  typist.type('showobject\n');

  await typist.sees(/<Thing>\n[^\n]*> /);
});

test('a line of the log stands above what is being typed, which goes on', async (t) => {
  const typist = new Typist(t);
  typist.type('showob');
  await typist.sees(/b$/);

  typist.seen = '';
  typist.log('view 3');
  await typist.sees(/\[0Jview 3\n[^\n]*> showob/);
  typist.type('ject\n');

  await typist.sees(/<Thing>\n/);
});

test('what is typed ahead is done in order', async (t) => {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const typist = new Typist(t, {
    ...fakeReplica(),
    showObject: async () => (await gate, 'late'),
  });

  typist.type('showobject\nnonsense\nexit\nproposals\n');
  open();
  await typist.sees(/proposed and not decided/);

  deepEqual(typist.events, ['stop']);
  equal(/late\n.*nonsense/s.test(typist.seen), true);
});

test('Ctrl-C is for the replica, and the end of the input for the shell alone', async (t) => {
  const typist = new Typist(t);
  typist.type('\u0003');
  typist.type('\u0004');
  await typist.sees(/the shell is left, and the replica goes on; Ctrl-C ends it\n/);

  deepEqual(typist.events, ['interrupted']);
  equal(typist.above, undefined);
  typist.type('exit\n');
  typist.shell.close();
  deepEqual(typist.events, ['interrupted']);
});

test('Ctrl-Z leaves a clean terminal, and the shell can come back', async (t) => {
  const typist = new Typist(t);
  typist.type('\u001A');
  await new Promise(setImmediate);
  deepEqual(typist.events, ['suspended']);
  equal(typist.above, undefined);
  doesNotMatch(typist.seen, /the shell is left/);

  typist.shell.open();
  typist.type('pending\n');
  await typist.sees(/decided and not applied/);
});
