import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { clearScreenDown, createInterface, moveCursor } from 'node:readline';
import type { Interface } from 'node:readline';
import { writeAbove } from './output.ts';
import type { Above } from './output.ts';
import { completions, runCommand } from './shell-commands.ts';
import type { ShellReplica } from './shell-commands.ts';

const PROMPT = '> ';
const LEFT = 'the shell is left, and the replica goes on; Ctrl-C ends it';

export interface ShellParts {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly replica: ShellReplica;
  /** Told how the lines of the log are written from now on; undefined as ever. */
  readonly logThrough: (above: Above | undefined) => void;
  /** Ctrl-C, which a prompt takes from the process. */
  readonly interrupted: () => void;
  /** Ctrl-Z: stops the process. Undefined where nobody can bring it back. */
  readonly suspend?: (() => void) | undefined;
}

/** Commands at a prompt, on the terminal that the log goes to as well. */
export class ReplicaShell {
  readonly #parts: ShellParts;
  #prompt: Interface | undefined;
  /** Whoever types ahead means the state behind what was typed before. */
  #before: Promise<void> = Promise.resolve();

  constructor(parts: ShellParts) {
    this.#parts = parts;
    // The terminal is gone: the log has nobody either, and the replica goes on.
    parts.input.on('error', () => this.close());
    this.open();
  }

  open(): void {
    if (this.#prompt !== undefined) return;
    const { input, interrupted, output, suspend } = this.#parts;
    const completer = (line: string): [string[], string] => [completions(line), line];
    const prompt = createInterface({ input, output, terminal: true, prompt: PROMPT, completer });
    this.#prompt = prompt;
    prompt.on('line', (line) => this.#take(line));
    prompt.on('SIGINT', interrupted);
    prompt.on('SIGTSTP', () => {
      this.close();
      suspend?.();
    });
    prompt.on('close', () => {
      if (this.#prompt !== prompt) return;
      this.#forget();
      output.write(`\n${LEFT}\n`);
    });
    this.#parts.logThrough((write) => this.#above(write));
    prompt.prompt();
  }

  close(): void {
    const prompt = this.#prompt;
    if (prompt === undefined) return;
    this.#clear(prompt);
    this.#forget();
    prompt.close();
  }

  #forget(): void {
    this.#prompt = undefined;
    this.#parts.logThrough(undefined);
  }

  #take(line: string): void {
    this.#before = this.#before.then(async () => {
      const answer = await runCommand(line, this.#parts.replica);
      const { output } = this.#parts;
      if (answer === '') this.#prompt?.prompt();
      else this.#above(() => void output.write(`${answer}\n`));
    });
  }

  /** What has been typed so far stands behind the lines, as it was. */
  #above(write: () => void): void {
    const prompt = this.#prompt;
    if (prompt === undefined) return write();
    this.#clear(prompt);
    write();
    prompt.prompt(true);
  }

  #clear(prompt: Interface): void {
    const { output } = this.#parts;
    output.write('\r');
    moveCursor(output, 0, -prompt.getCursorPos().rows);
    clearScreenDown(output);
    // Node.js remembers how far down the cursor was, and would go up as far, into the lines.
    Reflect.set(prompt, 'prevRows', 0);
  }
}

/** The shell of a replica that somebody has started at a terminal, and looks at. */
export function shellAtTerminal(
  replica: ShellReplica,
  interrupted: () => void,
): ReplicaShell | undefined {
  const { stdin: input, stdout: output } = process;
  if (!input.isTTY || !output.isTTY || !isInForeground()) return undefined;
  const suspend = (): void => {
    process.once('SIGCONT', () => {
      if (isInForeground()) shell.open();
    });
    // The whole group, as the terminal does it: a launcher may stand between the user's shell and us.
    process.kill(0, 'SIGTSTP');
  };
  const logThrough = writeAbove;
  const shell = new ReplicaShell({ input, output, replica, logThrough, interrupted, suspend });
  return shell;
}

/** Whoever reads from a terminal in the background (`&`) is stopped by the system, and serves nobody. */
function isInForeground(): boolean {
  const [own, foreground] = processGroups();
  return own !== undefined && own === foreground;
}

/** The own one, and that of whoever has the terminal. */
function processGroups(): readonly string[] {
  try {
    // Behind the name, which may have anything in it: state, parent, group, session, terminal, its group.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [fields[2] ?? '', fields[5] ?? ''];
  } catch {
    const words = ['-o', 'pgid=,tpgid=', '-p', String(process.pid)];
    // Where there is no `ps` either, there is no output.
    const { stdout } = spawnSync('ps', words, { encoding: 'utf8' }) as { stdout: string | null };
    return stdout?.trim().split(/\s+/) ?? [];
  }
}
