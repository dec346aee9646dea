// Builds dist/ when the package is installed from its repository or packed. Plain JavaScript, since it also
// runs where no development dependency is, thus perhaps under a Node.js that cannot run TypeScript.
import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

// An older npm leaves an optional package out whose Node.js it is not; the checkout brings a newer one along.
const isolates = `${root}node_modules/isolated-vm`;
if (!existsSync(isolates) && existsSync(`${isolates}-checkout`)) {
  symlinkSync('isolated-vm-checkout', isolates, 'junction');
}

if (!existsSync(`${root}node_modules/typescript`)) {
  console.log('concoord: no compiler installed (npm ci --omit=dev), so dist/ is left as it is');
} else {
  const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  process.exitCode = build.status ?? 1;
}
