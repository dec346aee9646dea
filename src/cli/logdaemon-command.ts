import { ConCoordError } from '../base/index.ts';
import {
  LogDaemon,
  LogNumbers,
  readNumbers,
  RECORD_BEGINS,
  RecordWriter,
  RotatingFile,
} from '../logging/index.ts';
import { parsePort } from './address.ts';
import { consoleLogger, showForPeople } from './console-logger.ts';
import { EXIT, say, UsageError } from './output.ts';

/** As the command line has them. */
export interface LogDaemonFlags {
  readonly addr?: string;
  readonly port?: string;
  readonly out?: string;
  readonly rotateBytes?: string;
  readonly keep?: string;
  readonly quiet?: true;
  readonly debug?: true;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 12_000;
const DEFAULT_ROTATION = { bytes: 64 * 1024 * 1024, keep: 5 };
const MOST_KEPT = 1000;
/** A reader of stdout who stands still must not keep the daemon from ending. */
const END_PATIENCE_MS = 3000;

/** `concoord logdaemon`: runs until a signal, or until nobody reads what it prints. */
export async function logdaemon(flags: LogDaemonFlags): Promise<number> {
  const { out, quiet } = flags;
  const host = flags.addr ?? DEFAULT_HOST;
  const port = flags.port === undefined ? DEFAULT_PORT : parsePort(flags.port);
  const rotation = {
    bytes:
      readCount('--rotate-bytes', flags.rotateBytes, 1, Number.MAX_SAFE_INTEGER) ??
      DEFAULT_ROTATION.bytes,
    keep: readCount('--keep', flags.keep, 0, MOST_KEPT) ?? DEFAULT_ROTATION.keep,
  };
  if (out === undefined && (flags.rotateBytes ?? flags.keep) !== undefined) {
    throw new UsageError(
      '--rotate-bytes and --keep say what becomes of a file: give --out as well',
    );
  }
  if (out === undefined && quiet === true) throw new UsageError('--quiet: name a file with --out');
  const reporter = consoleLogger('logdaemon', flags.debug === true ? 'debug' : 'info');
  const numbers = new LogNumbers();
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const file = out === undefined ? undefined : openFile(out, rotation, numbers);
  const writer = new RecordWriter({
    file,
    stream: quiet === true ? undefined : process.stdout.fd,
    ...(process.stdout.isTTY ? { show: showRecord } : {}),
    reporter,
    unread: () => end(),
  });
  const daemon = new LogDaemon({
    host,
    port,
    reporter,
    numbers,
    write: (records) => writer.write(records),
  });
  const address = await daemon.listen();
  process.once('SIGINT', end).once('SIGTERM', end);
  say(`LOGDAEMON-${address} ready`);
  await ended;
  const late = setTimeout(() => process.exit(EXIT.done), END_PATIENCE_MS);
  await daemon.close();
  clearTimeout(late);
  file?.close();
  return EXIT.done;
}

/** What is in the files already is not written again. */
function openFile(
  path: string,
  rotation: { readonly bytes: number; readonly keep: number },
  numbers: LogNumbers,
): RotatingFile {
  try {
    const file = new RotatingFile(path, rotation, RECORD_BEGINS);
    readNumbers(file.paths, (number) => numbers.note(number));
    return file;
  } catch (error) {
    if (error instanceof ConCoordError) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new ConCoordError('INVALID_ARGUMENT', `cannot open ${path}: ${code}`, {
      cause: error,
      remedy: 'Name a file with --out that can be written, in a folder that is there.',
    });
  }
}

/** For people at a terminal: what a replica says, with its name; of all else, the record as it is. */
function showRecord(record: string): string {
  const [, arrived = '', , text = ''] = /^(\S+) (\S+) (.*)\n$/s.exec(record) ?? [];
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line !== 'object' || line === null) return record;
    const { level, message, replica } = line as Readonly<Record<string, unknown>>;
    const said = [level, message, replica].every((part) => typeof part === 'string');
    return said
      ? `${showForPeople(arrived, level as string, `${String(replica)} ${String(message)}`)}\n`
      : record;
  } catch {
    return record;
  }
}

function readCount(
  flag: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d{1,16}$/.test(text) && count >= least && count <= most) return count;
  throw new UsageError(`${flag} '${text}' is no whole number from ${least} to ${most}`);
}
