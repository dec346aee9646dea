import { chmodSync, closeSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { REPLServer } from 'node:repl';
import { makeFolders } from '../platform/index.ts';

/**
 * Remembers what was typed for the next time. Nobody else may read it. Without a place for it, nothing is.
 *
 * @returns When lines are remembered, or will not be.
 */
export function remember(
  server: REPLServer,
  environment: NodeJS.ProcessEnv,
  warn: (line: string) => void,
): Promise<void> {
  const complain = ({ message }: Error): void => warn(`lines are not remembered: ${message}`);
  const configuration = environment['XDG_CONFIG_HOME'] ?? '';
  const root = configuration === '' ? join(homedir(), '.config') : configuration;
  const folder = join(root, 'concoord');
  const path = join(folder, 'repl-history');
  try {
    makeFolders(folder, 0o700);
    closeSync(openSync(path, 'a', 0o600));
    // One that was there may have been made otherwise.
    chmodSync(path, 0o600);
  } catch (error) {
    complain(error as Error);
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    server.setupHistory(path, (error) => {
      if (error !== null) complain(error);
      resolve();
    });
  });
}
