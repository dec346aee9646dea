// Builds dist/ when the package is installed from its repository or packed. Plain JavaScript, since it also
// runs where no development dependency is, thus perhaps under a Node.js that cannot run TypeScript.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

if (!existsSync(`${root}node_modules/typescript`)) {
  console.log('concoord: no compiler installed (npm ci --omit=dev), so dist/ is left as it is');
} else {
  const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  process.exitCode = build.status ?? 1;
}
