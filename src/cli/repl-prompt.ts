import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Recoverable, start } from 'node:repl';
import type { REPLServer } from 'node:repl';
import { PassThrough } from 'node:stream';
import { inspect, types } from 'node:util';
import { constants, Script } from 'node:vm';
import { ConCoordError } from '../base/index.ts';
import { BareProxy, invoke } from '../client/index.ts';
import { complete } from './repl-completion.ts';
import { readInput } from './repl-input.ts';
import type { Input } from './repl-input.ts';

const LOADER = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;

export interface PromptOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Somebody types: there is a prompt, completion and editing. */
  readonly terminal: boolean;
  /** What lines can name. */
  readonly names: Readonly<Record<string, unknown>>;
  /** Told of every line that fails, in one line. */
  readonly complain: (line: string) => void;
}

/** Shown as it is, without quotes. */
class Shown {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  [inspect.custom](): string {
    return this.text;
  }
}

/** Starts a prompt, in which inputs are evaluated one after the other; its event `exit` is the end. */
export function startPrompt({
  input,
  output,
  terminal,
  names,
  complain,
}: PromptOptions): REPLServer {
  const lines = terminal ? undefined : new PassThrough();
  let before: Promise<void> = Promise.resolve();
  let unfinished = false;
  const server = start({
    input: lines ?? input,
    output,
    terminal,
    prompt: terminal ? '>>> ' : '',
    useGlobal: true,
    ignoreUndefined: true,
    preview: false,
    completer: (line: string) => complete(line, globalThis),
    eval(this: REPLServer, text, _context, _file, finish) {
      const read = readInput(text);
      unfinished = read.kind === 'unfinished';
      if (read.kind === 'unfinished') {
        finish(new Recoverable(new SyntaxError('unfinished')), undefined);
        return;
      }
      leaveDomain();
      // Whoever types ahead of an answer means the state behind it.
      before = before.then(async () => {
        let shown: unknown;
        try {
          shown = await unlessInterrupted(this, evaluate(read));
        } catch (error) {
          complain(explain(error));
        }
        finish(null, shown);
      });
    },
    writer: (value: unknown) => (isError(value) ? explain(value) : inspect(value)),
  });
  const print = (...values: readonly unknown[]): unknown => printAll(values, output);
  for (const [name, value] of Object.entries({ print, ...names })) {
    const property = { value, configurable: true, enumerable: true, writable: true };
    Object.defineProperty(server.context, name, property);
  }
  server.once('exit', () => {
    if (unfinished && !terminal) complain('SyntaxError: the input ends where something has begun');
  });
  if (lines !== undefined) void feed(server, input, lines);
  return server;
}

/**
 * The prompt of Node.js evaluates in a domain, which prints `Uncaught …` of every promise that nobody waited
 * for. Without one they are told to the process, where `complain` hears of them.
 */
function leaveDomain(): void {
  const domain = Reflect.get(process, 'domain') as { exit(): void } | null | undefined;
  domain?.exit();
}

/** What an input comes to, to be printed. */
async function evaluate(input: Exclude<Input, { kind: 'unfinished' }>): Promise<unknown> {
  if (input.kind === 'wrong') throw new SyntaxError(input.why);
  const script = new Script(input.script, { filename: 'repl', importModuleDynamically: LOADER });
  const run: unknown = script.runInThisContext();
  const { value } = ((await run) ?? {}) as { readonly value?: unknown };
  // Nothing but a promise: the object of a proxy may have a method of any name, `then` too.
  if (types.isPromise(value)) return value;
  // Calls in a callback are not waited for there: `[1, 2].map((n) => c.add(n))`.
  if (Array.isArray(value) && value.some(types.isPromise)) return Promise.all(value);
  return input.isName && value instanceof BareProxy ? show(value) : value;
}

/** Ctrl-C: the user does not want to wait any more. */
async function unlessInterrupted(server: REPLServer, work: Promise<unknown>): Promise<unknown> {
  const over = new AbortController();
  const interrupt = once(server, 'SIGINT', over).then(
    () => {
      throw new Error('not waited for any more; it may still happen');
    },
    () => undefined,
  );
  try {
    return await Promise.race([work, interrupt]);
  } finally {
    over.abort();
  }
}

/** A script is there at once; but each line of it must find what the one before has done. */
async function feed(
  server: REPLServer,
  input: NodeJS.ReadableStream,
  lines: PassThrough,
): Promise<void> {
  let done = (): void => undefined;
  // Asked for whenever the next line can come.
  server.displayPrompt = () => done();
  let over = false;
  server.once('exit', () => {
    over = true;
    done();
  });
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    const evaluated = new Promise<void>((resolve) => (done = resolve));
    lines.write(`${line}\n`);
    await evaluated;
    if (over) return;
  }
  lines.end();
}

/** A line as the original's `print` writes it: texts without quotes, and an object by its `__repr__`. */
function printAll(values: readonly unknown[], output: NodeJS.WritableStream): unknown {
  const write = (texts: readonly unknown[]): void => {
    const shown = texts.map((text) => (typeof text === 'string' ? text : inspect(text)));
    output.write(`${shown.join(' ')}\n`);
  };
  // At once where nothing is to be waited for: callbacks of `forEach` do not wait.
  if (!values.some((value) => types.isPromise(value) || value instanceof BareProxy)) {
    return write(values);
  }
  const texts = values.map((value) => (value instanceof BareProxy ? show(value) : value));
  return Promise.all(texts).then(write);
}

/** What the object behind a proxy says of itself. */
async function show(proxy: object): Promise<Shown> {
  return new Shown(String(await invoke(proxy, '__repr__', [])));
}

/** One line, and what to do about it. What is thrown may be anything. */
export function explain(thrown: unknown): string {
  const text =
    thrown instanceof ConCoordError
      ? `${thrown.message} (${thrown.code}). ${thrown.remedy}`
      : isError(thrown)
        ? `${thrown.name}: ${thrown.message}`
        : `thrown: ${inspect(thrown, { breakLength: Infinity })}`;
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}
