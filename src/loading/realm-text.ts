import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { present } from '../base/index.ts';

/** Beside the sources as they are, or beside what the build has made of them. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const REALM = new URL('../realm/', import.meta.url);

/** In the realm another module takes its place, which says why. */
const scratchOfTheRealm: Plugin = {
  name: 'scratch',
  setup(building) {
    const path = fileURLToPath(new URL(`scratch.${EXTENSION}`, REALM));
    building.onResolve({ filter: /^\.\/scratch\.[jt]s$/ }, () => ({ path }));
  },
};

let text: Promise<string> | undefined;

/**
 * The realm as a script (docs/world.md): evaluated in a fresh isolate or context, its value is `startRealm`
 * of `src/realm/main.ts`. The same in every process; made once.
 */
export function realmText(): Promise<string> {
  text ??= makeRealmText();
  return text;
}

async function makeRealmText(): Promise<string> {
  const file = (name: string): string => fileURLToPath(new URL(`${name}.${EXTENSION}`, REALM));
  const entry = file('main');
  if (!existsSync(entry))
    throw new Error(`the realm is missing: ${entry}; install the package anew`);
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    charset: 'ascii',
    format: 'cjs',
    platform: 'neutral',
    // The engine of Node.js 24 runs it: nothing is lowered, not even private fields.
    target: 'esnext',
    // Our own modules count nothing; and an isolate has no codec for text.
    inject: [file('natives'), file('text-codec')],
    plugins: [scratchOfTheRealm],
    // Names of files, which lie elsewhere on every machine, would be in comments.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  const [bundle] = outputFiles;
  const body = present(bundle, 'the output of the bundler').text;
  return `(() => {'use strict';const module={exports:{}};${body};return module.exports.startRealm})()`;
}
