import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ConCoordError, present } from '../base/index.ts';
import { checkNesting, tooDeep } from './syntax.ts';

/**
 * The parser and the bundler are native code: syntax that nests deeper than their stacks ends a process, or
 * takes it minutes, and no text tells its depth without being parsed. So another process parses it first;
 * when that one ends, only it has ended.
 */

const PROGRAM = fileURLToPath(
  new URL(`depth-guard-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);
/** What is shorter cannot nest deep enough to end a parser, and need not wait for a process to start. */
const HARMLESS_UNITS = 4000;
/** Whatever can be parsed is parsed in less than a second; a machine may be busy. */
const PATIENCE_MS = 20_000;

interface Waiting {
  readonly file: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A process that parses one text after the other. */
export class DepthGuard {
  #child: ChildProcess | undefined;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @throws ConCoordError `TOO_LARGE` when the text of `file` nests too deeply to be parsed. */
  async check(text: string, file: string): Promise<void> {
    if (text.length < HARMLESS_UNITS) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ file, resolve, reject });
      this.#child ??= this.#start();
      this.#child.stdin?.write(`${JSON.stringify({ file, text })}\n`);
      this.#timer ??= setTimeout(() => this.#child?.kill('SIGKILL'), PATIENCE_MS);
    });
  }

  end(): void {
    this.#child?.stdin?.end();
  }

  #start(): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {},
    });
    // What cannot be written any more was for a process that has ended, which is told below.
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (answers: Buffer) => this.#onAnswers(answers.length));
    child.on('error', (error) => this.#fail(() => error));
    child.on('close', () => {
      this.#child = undefined;
      this.#fail(tooDeep);
    });
    return child;
  }

  /** One byte for each text. */
  #onAnswers(count: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (let left = count; left > 0; left--) present(this.#waiting.shift(), 'a question').resolve();
    if (this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => this.#child?.kill('SIGKILL'), PATIENCE_MS);
  }

  /** It ended at the first text that it has not answered. */
  #fail(why: (file: string) => Error): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [first] = this.#waiting;
    if (first === undefined) return;
    const error = why(first.file);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/**
 * The same for whoever cannot wait otherwise.
 *
 * @throws ConCoordError `TOO_LARGE`.
 */
export function refuseDeepSyntax(text: string, file: string): void {
  checkNesting(text, file);
  if (text.length < HARMLESS_UNITS) return;
  const { error, signal, status } = spawnSync(process.execPath, [PROGRAM], {
    input: `${JSON.stringify({ file, text })}\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  if (signal !== null || status !== 0) {
    throw error !== undefined && signal === null ? cannotStart(error) : tooDeep(file);
  }
}

function cannotStart(cause: Error): ConCoordError {
  return new ConCoordError('UNSUPPORTED', `no process can be started: ${cause.message}`, {
    cause,
    remedy: 'Make room for another process, and try again.',
  });
}
