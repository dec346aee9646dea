/** Somebody who has Node.js 20, npm and the tarball of the package, and nothing of this checkout. */
import { equal } from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** An installation may download what no cache has yet. */
const PATIENCE_MS = 120_000;
/** The search path without what `npm test` put before the user's own. */
const USERS_PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

/** The Node.js of the user, which is older than ours: clients run there, and replicas say what they need. */
export const USERS_ENV: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: USERS_PATH,
  CONCOORD_TOKEN: '',
};
// The npm that runs this suite tells its children which project they are in; the user's is another one.
for (const name of Object.keys(USERS_ENV)) {
  if (/^npm_(?:package|lifecycle)_|^npm_config_local_prefix$/.test(name)) delete USERS_ENV[name];
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as the user, to its end. */
export function run(cwd: string, command: string, ...args: string[]): Run {
  const settings = { cwd, env: USERS_ENV, encoding: 'utf8', timeout: PATIENCE_MS } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, settings);
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

export function succeed(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = run(cwd, command, ...args);
  equal(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Makes the tarball of this checkout in a folder; returns its name. */
export function pack(folder: string): string {
  const packed = succeed(ROOT, 'npm', 'pack', '--silent', '--pack-destination', folder);
  return packed.trim().split('\n').at(-1) ?? '';
}

/** Starts a command in a group of its own, which ends with the test. */
export function startGroup(
  t: TestContext,
  cwd: string,
  command: string,
  ...args: string[]
): ChildProcess {
  const child = spawn(command, args, {
    cwd,
    env: USERS_ENV,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  t.after(() => killGroup(child));
  return child;
}

/** With SIGKILL: `npx` passes no signal on, so that all of it must go. */
export async function killGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  process.kill(-(child.pid as number), 'SIGKILL');
  await ended;
}

/** The first line that it prints, without its end. */
export async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  if (!text.includes('\n')) throw new Error(`it printed nothing: ${log}`);
  return text.split('\n')[0] ?? '';
}
