/** Bundles of this checkout, with an object of somebody's in them. */
import { equal, match, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { USERS_ENV } from './stranger.ts';

export const SERVER = 'concoordserver.tar.gz';
export const CLIENT = 'concoordclient.tar.gz';
/** The client's is a promise; the other one is what a larger dependency would not go unnoticed by. */
const BOUNDS: Readonly<Record<string, number>> = { [SERVER]: 10_000_000, [CLIENT]: 200_000 };
export const TEN_COUNTER = `export class TenCounter {
  value = 0;
  increment(): void {
    this.value += 10;
  }
  get_value(): number {
    return this.value;
  }
}
`;
export const OBJECT = 'tencounter.TenCounter';
export function sh(cwd: string, script: string, env: NodeJS.ProcessEnv = {}): string {
  const settings = { cwd, encoding: 'utf8', env: { ...USERS_ENV, ...env } } as const;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], settings);
  equal(status, 0, `${script}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Makes both bundles, in a folder. */
export function makeBundles(
  checkout: string,
  to: string,
  before: string,
  env: NodeJS.ProcessEnv,
): void {
  mkdirSync(to);
  for (const [target, file] of [
    ['server', SERVER],
    ['client', CLIENT],
  ] as const) {
    const out = join(to, file);
    const printed = sh(checkout, `${before}; make ${target} OBJECTS=${OBJECT} OUT=${out}`, env);
    const { size } = statSync(out);
    match(printed, new RegExp(`^${out}: ${size} bytes, sha256 [0-9a-f]{64}$`, 'm'));
    ok(size <= (BOUNDS[file] ?? 0), `${file} has ${size} bytes`);
  }
}
