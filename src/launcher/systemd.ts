import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { makeFolders, replaceFileSync } from '../platform/index.ts';
import type { ReplicaFolder } from './replica-folder.ts';

const PATIENCE_MS = 20_000;

function run(
  program: string,
  ...args: string[]
): { readonly ok: boolean; readonly stdout: string } {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: PATIENCE_MS });
  return { ok: status === 0, stdout: stdout ?? '' };
}

function systemctl(...args: string[]): boolean {
  return run('systemctl', '--user', ...args).ok;
}

/** Where units of a user lie. */
function unitFolder(): string {
  const configured = process.env['XDG_CONFIG_HOME'] ?? '';
  const root = configured.startsWith('/') ? configured : join(homedir(), '.config');
  return join(root, 'systemd', 'user');
}

export function unitName({ name }: Pick<ReplicaFolder, 'name'>): string {
  return `concoord-${name}.service`;
}

/**
 * Whether services of this user go on when nobody is logged in. A user may mostly allow it to themself;
 * where not, they would end with the last login, and a process of our own serves better.
 */
export function servesUsers(): boolean {
  if (!systemctl('show-environment')) return false;
  const { username } = userInfo();
  const lingers = (): boolean =>
    /^Linger=yes$/m.test(run('loginctl', 'show-user', username, '--property=Linger').stdout);
  return lingers() || (run('loginctl', 'enable-linger', username).ok && lingers());
}

/** A unit that starts the supervisor of a replica, also when the machine starts. */
export function unitText(
  folder: Pick<ReplicaFolder, 'address' | 'path'>,
  node: string,
  main: string,
): string {
  return `[Unit]
Description=ConCoord replica ${folder.address}
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${[node, main, 'supervise', folder.path].map(unitWord).join(' ')}
Restart=on-failure
RestartSec=2
# The supervisor hands the signal on, and the replica hands over within 10 s.
KillMode=mixed
TimeoutStopSec=30
# Ended for good, with the reason in its state and its log.
RestartPreventExitStatus=1

[Install]
WantedBy=default.target
`;
}

/** A word of a command line in a unit, where percent signs and dollars mean something. */
function unitWord(word: string): string {
  const escaped = word.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return `"${escaped}"`;
}

/** @returns False when systemd would not have it. */
export function startUnit(folder: ReplicaFolder, node: string, main: string): boolean {
  const path = join(unitFolder(), unitName(folder));
  try {
    makeFolders(unitFolder(), 0o755);
    replaceFileSync(path, unitText(folder, node, main));
  } catch {
    return false;
  }
  const isStarted =
    systemctl('daemon-reload') &&
    systemctl('enable', unitName(folder)) &&
    systemctl('restart', unitName(folder));
  if (!isStarted) dropUnit(folder);
  return isStarted;
}

/** Stops it, and keeps it from starting with the machine. */
export function dropUnit(folder: ReplicaFolder): void {
  systemctl('disable', '--now', unitName(folder));
  rmSync(join(unitFolder(), unitName(folder)), { force: true });
  systemctl('daemon-reload');
}
