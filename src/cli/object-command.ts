import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { findClassFile, PROXY_TYPES, writeObjectProxy } from '../codegen/index.ts';
import type { ProxyType } from '../codegen/index.ts';
import { checkSafety } from '../safety/index.ts';
import { EXIT, print, say, UsageError } from './output.ts';

/** As the command line has them. */
export interface ObjectFlags {
  readonly objectname?: string;
  readonly token?: string;
  readonly embedToken?: true;
  readonly proxytype?: string;
  readonly safe?: true;
  readonly verbose?: true;
  readonly out?: string;
  readonly js?: true;
  readonly standalone?: true;
  readonly force?: true;
}

/** `concoord object`: writes the proxy of a class. */
export async function object(flags: ObjectFlags): Promise<number> {
  if (flags.objectname === undefined) {
    throw new UsageError('-o names the class, such as tencounter.TenCounter in tencounter.ts');
  }
  const step = flags.verbose === true ? print : (): void => undefined;
  const searchPath = process.env['CONCOORD_PATH'] ?? '';
  const type = readType(flags.proxytype);
  const token = readToken(flags, step);
  if (flags.safe === true) {
    const file = findClassFile(flags.objectname, searchPath, process.cwd());
    if (!(await isSafe(file, step))) return EXIT.failed;
  }
  const path = writeObjectProxy({
    name: flags.objectname,
    type,
    out: flags.out,
    js: flags.js === true,
    standalone: flags.standalone === true,
    force: flags.force === true,
    token,
    searchPath,
    cwd: process.cwd(),
    step,
  });
  if (flags.standalone !== true && !findsPackage(path)) {
    say(
      `concoord: nothing called concoord can be imported from ${dirname(path)}: write the proxy into a ` +
        'project that has installed it, with --out, or use --standalone, which needs none',
    );
  }
  print(`Client proxy file created with name: ${path}`);
  return EXIT.done;
}

/** Whether a proxy finds there what it imports; who commits it may well install that later. */
function findsPackage(path: string): boolean {
  try {
    createRequire(path).resolve('concoord');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND';
  }
}

/** The lines of the original, so that who reads them by a program can go on doing so. */
async function isSafe(file: string, step: (text: string) => void): Promise<boolean> {
  step('Checking object safety');
  const violations = await checkSafety(file);
  for (const { line, reason } of violations) print(`${line} | ${reason} --> EXIT`);
  if (violations.length > 0) print('Object is not safe to execute.');
  else step('Object is safe!');
  return violations.length === 0;
}

function readType(text = '0'): ProxyType {
  if (/^[0-3]$/.test(text)) return Number(text) as ProxyType;
  const types = PROXY_TYPES.map(({ name }, number) => `${number} (${name})`).join(', ');
  throw new UsageError(`-p: '${text}' is no type of proxy; there are ${types}`);
}

/** A secret in a source file ends up where sources go: it is only written when that is asked for by name. */
function readToken(flags: ObjectFlags, step: (text: string) => void): string | undefined {
  if (flags.token === '') throw new UsageError('-t is empty: name the token, or leave -t out');
  if (flags.embedToken !== true) {
    if (flags.token !== undefined) {
      step('the token is not written: give it as the option token, or in CONCOORD_TOKEN');
    }
    return undefined;
  }
  if (flags.token === undefined)
    throw new UsageError('--embed-token writes the token that -t names');
  return flags.token;
}
