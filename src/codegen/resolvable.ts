import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Whether a module in this folder can import `concoord`: as installed there or above, or as the package that
 * the folder belongs to.
 */
export function canImportConcoord(folder: string): boolean {
  let isOwn: boolean | undefined;
  // Node.js looks from where a file really lies.
  for (let at = realpathSync(folder); ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules/concoord/package.json'))) return true;
    // Only the nearest package can import itself.
    isOwn ??= isConcoord(join(at, 'package.json'));
    if (dirname(at) === at) return isOwn === true;
  }
}

/** Whether a package.json is that of ConCoord; undefined when there is none. */
function isConcoord(path: string): boolean | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { name } = JSON.parse(readFileSync(path, 'utf8')) as { readonly name?: unknown };
    return name === 'concoord';
  } catch {
    return false;
  }
}
