import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ConCoordError, present } from '../base/index.ts';
import { callAgent } from './call-agent.ts';
import { lastLine, runRemote } from './ssh.ts';
import type { Login } from './ssh.ts';

const SDK = '@aws-sdk/client-route-53';
const INSTALL_PATIENCE_MS = 10 * 60_000;

/** For nodes that reach the registry of packages, where this machine has no copy to send. */
const INSTALL = `
set -eu
npm=$(command -v npm) || { echo '@no npm'; exit 1; }
"$npm" install --no-audit --no-fund --no-save --prefix "$HOME/.concoord" "$1" >&2
`;

/** Puts the SDK of Route 53 on a node that has none: ours, or else by npm there. */
export async function carrySdk(login: Login, say: (text: string) => void): Promise<void> {
  const { present: isThere } = await callAgent(login, { do: 'sdk' });
  if (isThere) return;
  const module = await bundleSdk();
  if (module !== undefined) {
    say(`copying ${SDK}`);
    await callAgent(login, { do: 'sdk', module });
    return;
  }
  say(`installing ${SDK}`);
  const done = await runRemote(login, INSTALL, [`${SDK}@3`], { patienceMs: INSTALL_PATIENCE_MS });
  if (done.code === 0) return;
  const why = done.stdout.includes('@no npm') ? 'it has no npm' : lastLine(done.stderr);
  throw new ConCoordError('REMOTE_NODE', `${login.host}: ${SDK} could not be installed: ${why}`, {
    remedy: `Install it on this machine, from where it is sent along: npm install ${SDK}.`,
  });
}

/** As one module, so that a node needs nothing else of it; undefined when it is not installed here. */
async function bundleSdk(): Promise<string | undefined> {
  let names: readonly string[];
  try {
    names = Object.keys((await import(SDK)) as object).filter((name) => /^[A-Za-z]\w*$/.test(name));
  } catch {
    return undefined;
  }
  const { outputFiles } = await build({
    stdin: {
      // One by one: the bundler cannot know the names of an older kind of module.
      contents: `import * as sdk from '${SDK}';\nexport const { ${exported(names)} } = sdk;`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minify: true,
    // Parts of it were written for the older kind of modules.
    banner: { js: REQUIRE },
    logLevel: 'silent',
  });
  return present(outputFiles[0], 'output of the bundler').text;
}

function exported(names: readonly string[]): string {
  return names.filter((name) => name !== 'default').join(', ');
}

const REQUIRE = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
].join(' ');
