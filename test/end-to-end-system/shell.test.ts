/** The shell of `-d`, at a terminal of the system as `script` makes one. */
import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, COUNTER, leaderOf, Stage, statusOf } from '../end-to-end/kit.ts';
import { freePort, freePorts } from '../end-to-end/ports.ts';
import type { Process } from '../end-to-end/process.ts';
import { sideBySide } from '../end-to-end/side-by-side.ts';
import { need } from './needs.ts';

const MAIN = fileURLToPath(new URL('../end-to-end/piped.ts', import.meta.url));

const OWN = `
export class Own {
  names: string[] = ['ann'];
  __repr__(): string {
    return 'Own of ' + this.names.join() + '\\u001b[2J';
  }
}
`;

need('script', 'bsdutils', ['--version']);

/** Somebody at a terminal who starts a replica with -d. */
function atTerminal(stage: Stage, flags: string, { inBackground = false } = {}): Process {
  const command = `'${process.execPath}' '${MAIN}' replica -d ${flags}`;
  // With job control, as a shell has it that people type into.
  const line = inBackground ? `set -m; ${command} & echo "pid $!"; wait $!` : `exec ${command}`;
  return stage.start([], {
    cwd: stage.folder,
    engine: 'script',
    node: ['-qec', line],
    main: '/dev/null',
  });
}

/** Types a line, and returns what is printed up to the next prompt behind `answer`. */
async function type(terminal: Process, line: string, answer: RegExp): Promise<string> {
  const from = terminal.stdout.length;
  terminal.child.stdin?.write(`${line}\r`);
  const { source, flags } = answer;
  // Behind what was printed before: the same may have been asked twice.
  const behind = new RegExp(`(?<=^[^]{${from},})(?:${source})[^>]*> `, flags);
  return (await terminal.printed('stdout', behind))[0];
}

sideBySide('shell', {
  'each command, typed at the terminal of a replica that joins': async () => {
    await using stage = new Stage();
    const [first, second] = (await freePorts(2)) as [number, number];
    await stage.replica(first, ['-o', COUNTER]);
    await using counter = new Counter(addressOf(first));
    await counter.increment();
    const terminal = atTerminal(stage, `-p ${second} -b ${addressOf(first)}`);
    await terminal.printed('stdout', /REPLICA-\S+ ready/);

    await type(terminal, 'help', /goleader +ask for leadership/);
    await type(terminal, 'STATE', new RegExp(`role +follower\\s+leader +${addressOf(first)},`));
    await type(terminal, 'info', new RegExp(`address +${addressOf(second)}\\s[^]*in memory`));
    await type(terminal, 'showobject', /The counter value is 1\r\n/);
    await type(terminal, 'proposals', /leads; accepted here and not known to be decided: /);
    await type(terminal, 'pending', /decided and not applied: \w+[^>]*calls to be proposed: 0/);
    await type(terminal, 'goleader', new RegExp(`${addressOf(first)} hands leadership to `));
    equal(
      (await leaderOf([first, second], ({ address }) => address === addressOf(second))).port,
      second,
    );
    await type(terminal, 'goleader', /leads already/);
    await type(terminal, 'proposals', /proposed and not decided: /);
    await type(terminal, 'bogus', /no command 'bogus': help lists them/);
    terminal.child.stdin?.write('exit\r');

    deepEqual(await terminal.ended(), { code: 0, signal: null });
    match(terminal.stdout, /asked to stop: handing over/);
    equal((await leaderOf([first], ({ members }) => members.length === 1)).port, first);
  },

  'a class of the user shows itself, and cannot reach the terminal': async () => {
    await using stage = new Stage();
    const port = await freePort();
    writeFileSync(join(stage.folder, 'own.ts'), OWN);
    const terminal = atTerminal(stage, `-p ${port} -o own.Own`);
    await terminal.printed('stdout', /REPLICA-\S+ ready/);

    await type(terminal, 'showobject', /Own of ann\\u\{1b\}\[2J\r\n/);
    terminal.child.stdin?.write('\u0003');

    deepEqual(await terminal.ended(), { code: 0, signal: null });
  },

  'Ctrl-D leaves the shell, and not the replica, which Ctrl-C ends': async () => {
    await using stage = new Stage();
    const port = await freePort();
    const terminal = atTerminal(stage, `-p ${port} -o ${COUNTER}`);
    await terminal.printed('stdout', /REPLICA-\S+ ready/);

    terminal.child.stdin?.write('\u0004');
    await terminal.printed('stdout', /the shell is left, and the replica goes on/);
    equal((await statusOf(port)).role, 'leader');
    terminal.child.stdin?.write('\u0003');

    deepEqual(await terminal.ended(), { code: 0, signal: null });
  },

  'in the background nothing is read, and the system does not stop the replica': async () => {
    await using stage = new Stage();
    const port = await freePort();
    const terminal = atTerminal(stage, `-p ${port} -o ${COUNTER}`, { inBackground: true });
    const [, pid] = await terminal.printed('stdout', /pid (\d+)/);
    try {
      await terminal.printed('stdout', /REPLICA-\S+ ready/);
      await using counter = new Counter(addressOf(port));
      await counter.increment();

      doesNotMatch(terminal.stdout, /> /);
    } finally {
      // It outlives its terminal, and a process that is stopped hears of nothing else.
      spawnSync('kill', ['-KILL', String(pid)]);
    }
  },
});
