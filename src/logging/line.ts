/**
 * What travels between replicas and a log daemon: lines of text, so that a person with `nc` can stand in for
 * either. A line of a replica is JSON, and begins with its number:
 *
 *   {"line":"9f3c2a1bd0e45c77/17","time":"…","level":"info","replica":"10.0.0.1:14000","message":"…"}
 *
 * The daemon greets. Whoever hears the greeting answers with the name of its log (`helloOf`), and is told, at
 * once and then after every line that was written, up to which number everything is written (`haveOf`). So
 * both know what is lost with a daemon or a connection: nothing that was not dropped, and thereby counted.
 */

/** What is cut off a message, so that a line fits whatever it has to escape. */
export const MAX_MESSAGE_UNITS = 8000;
/** A line that is longer is cut by the daemon. */
export const MAX_LINE_BYTES = 64 * 1024;

export const GREETING = 'concoord logdaemon 1';

/** A log of one life of one replica: 16 hexadecimal digits that nobody else has. */
export type LogId = string;

export interface LogLine {
  /** In ISO 8601. */
  readonly time: string;
  readonly level: string;
  readonly replica: string;
  readonly message: string;
}

/** The number of a line in its log, and how many before it were dropped in its place. */
export interface LineNumber {
  readonly log: LogId;
  readonly number: number;
  readonly dropped: number;
}

const NUMBER = /^\{"line":"([0-9a-f]{16})\/([1-9]\d{0,14})",(?:"dropped":([1-9]\d{0,14}),)?/;
const HELLO = /^hello ([0-9a-f]{16}) \S{1,300}$/;
const HAVE = /^have ([0-9a-f]{16}) (0|[1-9]\d{0,14})$/;

/** The line as JSON, without its end; those that are only shown have no number. */
export function showLine({ time, level, replica, message }: LogLine, number?: LineNumber): string {
  const line = number === undefined ? {} : { line: `${number.log}/${number.number}` };
  const dropped = number === undefined || number.dropped === 0 ? {} : { dropped: number.dropped };
  const text =
    message.length > MAX_MESSAGE_UNITS
      ? `${message.slice(0, MAX_MESSAGE_UNITS)}… (${message.length} characters)`
      : message;
  return JSON.stringify({ ...line, ...dropped, time, level, replica, message: text });
}

/** The number of a line; undefined when somebody else wrote it. */
export function numberOf(text: string): LineNumber | undefined {
  const [, log, number, dropped = '0'] = NUMBER.exec(text) ?? [];
  if (log === undefined) return undefined;
  const found = { log, number: Number(number), dropped: Number(dropped) };
  return found.dropped <= found.number ? found : undefined;
}

export function helloOf(log: LogId, replica: string): string {
  return `hello ${log} ${replica}`;
}

export function logOfHello(text: string): LogId | undefined {
  return HELLO.exec(text)?.[1];
}

/** Everything up to this number is written; 0 when nothing is known of the log. */
export function haveOf(log: LogId, number: number): string {
  return `have ${log} ${number}`;
}

export function numberOfHave(text: string, log: LogId): number | undefined {
  const [, named, number] = HAVE.exec(text) ?? [];
  return named === log ? Number(number) : undefined;
}
