import type { Logger } from '../platform/index.ts';
import { say } from './output.ts';

/** Lines for people on a terminal, JSON lines otherwise; always on stderr. */
export function consoleLogger(name: string, level: 'info' | 'debug'): Logger {
  const terminal = process.stderr.isTTY;
  const write = (severity: string, line: string): void => {
    const time = new Date().toISOString();
    if (terminal) say(`${time.slice(11, 23)} ${severity.padEnd(5)} ${line}`);
    else say(JSON.stringify({ time, level: severity, replica: name, message: line }));
  };
  return {
    debug: (line) => level === 'debug' && write('debug', line),
    info: (line) => write('info', line),
    warn: (line) => write('warn', line),
  };
}
