import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { driverOf, SHOW_SOURCE } from './subject.ts';
import type { Subject } from './subject.ts';

export type Local = Record<string, (...args: readonly unknown[]) => unknown>;

/** Writes the class and all that it imports into a folder, in which packages of this checkout are found. */
export function writeSubject(folder: string, subject: Subject): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'main.ts'), subject.source);
  writeFileSync(join(folder, 'show.ts'), SHOW_SOURCE);
  writeFileSync(join(folder, 'subject.ts'), driverOf(subject));
  const installed = fileURLToPath(new URL('../../node_modules', import.meta.url));
  symlinkSync(installed, join(folder, 'node_modules'));
}

/** A plain instance in this process: nothing is lowered, metered or replaced. */
export async function makeLocal(folder: string): Promise<Local> {
  const outfile = join(folder, 'local.mjs');
  await build({
    entryPoints: [join(folder, 'subject.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'esnext',
    keepNames: true,
    mainFields: ['browser', 'module', 'main'],
    conditions: ['browser'],
    outfile,
    logLevel: 'silent',
  });
  const { Subject: Class } = (await import(pathToFileURL(outfile).href)) as {
    readonly Subject: new () => Local;
  };
  return new Class();
}
