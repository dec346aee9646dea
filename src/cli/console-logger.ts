import { showLine } from '../logging/index.ts';
import type { LogShipper } from '../logging/index.ts';
import type { Logger } from '../platform/index.ts';
import { say } from './output.ts';

/** Lines for people on a terminal, JSON lines otherwise; always on stderr. */
export function consoleLogger(name: string, level: 'info' | 'debug'): Logger {
  return loggerTo(level, (severity, message) => toConsole(name, severity, message));
}

/** The same, and every line to a log daemon as well. */
export function networkLogger(name: string, debug: boolean, shipper: LogShipper): Logger {
  return loggerTo(debug ? 'debug' : 'info', (severity, message) => {
    const time = toConsole(name, severity, message);
    shipper.ship({ time, level: severity, replica: name, message });
  });
}

function loggerTo(
  level: 'info' | 'debug',
  write: (severity: string, message: string) => void,
): Logger {
  return {
    debug: (line) => level === 'debug' && write('debug', line),
    info: (line) => write('info', line),
    warn: (line) => write('warn', line),
  };
}

/** Returns the time that the line has. */
function toConsole(replica: string, level: string, message: string): string {
  const time = new Date().toISOString();
  if (process.stderr.isTTY) say(showForPeople(time, level, message));
  else say(showLine({ time, level, replica, message }));
  return time;
}

export function showForPeople(time: string, level: string, message: string): string {
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${message}`;
}
