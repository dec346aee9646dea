import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing; throws what the system says. One by one: the recursive
 * call of Node.js never returns where nothing can be made and nothing forbids it, as in `/proc`.
 */
export function makeFolders(path: string, mode?: number): void {
  const above = dirname(path);
  if (above !== path && !existsSync(above)) makeFolders(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // It may be there, or have been made meanwhile by somebody else.
    if (!(existsSync(path) && statSync(path).isDirectory())) throw error;
  }
}
