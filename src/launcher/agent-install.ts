import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { ConCoordError } from '../base/index.ts';
import { makeFolders, replaceFileSync } from '../platform/index.ts';
import type { AgentAnswers } from './protocol.ts';
import { homeFolder } from './replica-folder.ts';

const SDK = '@aws-sdk/client-route-53';

/** Makes an installed version, and the Node.js that it runs under, the active ones. */
export function activate(id: string, node: string): AgentAnswers['activate'] {
  const home = homeFolder();
  const root = join(home, 'versions', id);
  const { status, stderr } = spawnSync(node, [join(root, 'bin', 'concoord.js'), '--version'], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new ConCoordError('REMOTE_NODE', `what was installed does not run: ${stderr.trim()}`, {
      remedy: `Remove ${root} there, and run setup again.`,
    });
  }
  makeFolders(join(home, 'bin'), 0o700);
  const wrapper = join(home, 'bin', 'concoord');
  replaceFileSync(wrapper, WRAPPER);
  chmodSync(wrapper, 0o700);
  const isNewNode = relink(join(home, 'node'), node);
  const isNewVersion = relink(join(home, 'current'), join('versions', id));
  return { changed: isNewNode || isNewVersion };
}

/** For whoever has logged in there. */
const WRAPPER = `#!/bin/sh
exec "$HOME/.concoord/node" "$HOME/.concoord/current/bin/concoord.js" "$@"
`;

/** In one step: whoever follows the link finds the old target or the new one. */
export function relink(path: string, target: string): boolean {
  // Given the link itself, it stays.
  if (path === target) return false;
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    if (readlinkSync(path) === target) return false;
  }
  const aside = `${path}.${process.pid}`;
  rmSync(aside, { force: true });
  symlinkSync(target, aside);
  renameSync(aside, path);
  return true;
}

export function activeVersion(): string {
  const path = join(homeFolder(), 'current');
  return existsSync(path) ? (readlinkSync(path).split('/').at(-1) ?? '') : '';
}

/** Above all versions, so that each finds it. */
export function sdk(module: string | undefined): AgentAnswers['sdk'] {
  const folder = join(homeFolder(), 'node_modules', SDK);
  // Written last, and by npm as well.
  if (module === undefined) return { present: existsSync(join(folder, 'package.json')) };
  makeFolders(folder, 0o700);
  replaceFileSync(join(folder, 'index.mjs'), module);
  const manifest = { name: SDK, type: 'module', exports: './index.mjs' };
  replaceFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  return { present: true };
}
