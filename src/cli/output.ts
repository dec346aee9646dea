import { ConCoordError } from '../base/index.ts';

/** Exit codes, everywhere: done, failed, wrong usage. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** The arguments make no sense; nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Writes above what somebody types at a terminal. */
export type Above = (write: () => void) => void;
let above: Above | undefined;

/** From now on lines for a terminal are written through this; undefined when nobody types any more. */
export function writeAbove(prompt: Above | undefined): void {
  above = prompt;
}

function writeTo(stream: NodeJS.WriteStream, line: string): void {
  const write = (): void => void stream.write(`${line}\n`);
  if (above === undefined || !stream.isTTY) write();
  else above(write);
}

export function print(line: string): void {
  writeTo(process.stdout, line);
}

/**
 * Whoever reads only the first lines has closed the rest. Of stderr as well: a replica goes on when nobody
 * reads its log any more.
 */
export function endQuietlyWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.listeners('error').includes(unlessUnread)) continue;
    stream.on('error', unlessUnread);
  }
}

function unlessUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** For people: logs and errors go to stderr, so that stdout stays what programs read. */
export function say(line: string): void {
  writeTo(process.stderr, line);
}

/** One line that says what, why and what to do; never a stack trace for what a user can cause. */
export function complain(
  program: string,
  error: unknown,
  tell: (line: string) => void = say,
): number {
  if (error instanceof UsageError) {
    tell(`${program}: ${oneLine(error.message)}`);
    return EXIT.usage;
  }
  if (error instanceof ConCoordError) {
    tell(`${program}: ${oneLine(error.message)} (${error.code}). ${error.remedy}`);
    return error.code === 'INVALID_ARGUMENT' ? EXIT.usage : EXIT.failed;
  }
  const { message = String(error), stack } = error as Partial<Error>;
  tell(`${program}: internal error: ${oneLine(message)}. Please report it with what follows.`);
  tell(stack ?? 'no stack');
  return EXIT.failed;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
