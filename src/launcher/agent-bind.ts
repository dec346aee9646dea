import { spawnSync } from 'node:child_process';
import { copyFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../platform/index.ts';
import { relink } from './agent-install.ts';
import { cameIn, isRunning } from './agent-place.ts';
import type { AgentAnswers, BindRequest } from './protocol.ts';
import { homeFolder } from './replica-folder.ts';

/** In a process of its own: the right to do so belongs to the file of a Node.js. */
const TRY = `
  const [, host, port] = process.argv;
  const socket = require('node:dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', ({ code }) => { console.log(code); process.exit(); });
  socket.bind(Number(port), host, () => process.exit());
`;

/** Tries what the name server will do, before anything is started that would only fail. */
export function bind({ addr, port, replica, sudo }: BindRequest): AgentAnswers['bind'] {
  if (replica !== undefined && hasIt(replica, addr)) {
    return { free: true, why: '', node: process.execPath };
  }
  const host = addr ?? cameIn();
  const why = tryBind(process.execPath, host, port);
  if (why !== 'EACCES' || !sudo) return { free: why === '', why, node: process.execPath };
  // Never that of the system, which everybody there could bind such ports with.
  const node = ownNode();
  const { error, status, stderr } = spawnSync(
    'sudo',
    ['-n', 'setcap', 'cap_net_bind_service=+ep', node],
    { encoding: 'utf8' },
  );
  if (status !== 0) {
    const said = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
    return { free: false, why: `sudo setcap: ${said}`, node };
  }
  relink(join(homeFolder(), 'node'), node);
  const still = tryBind(node, host, port);
  return { free: still === '', why: still, node };
}

/** The same command again means the name server that is there. */
function hasIt(
  { order, port }: NonNullable<BindRequest['replica']>,
  addr: string | undefined,
): boolean {
  return isRunning(
    { ...(addr !== undefined && { addr }), ...(port !== undefined && { port }) },
    order,
  );
}

function tryBind(node: string, host: string, port: number): string {
  const { error, stdout } = spawnSync(node, ['-e', TRY, host, String(port)], { encoding: 'utf8' });
  return error?.message ?? stdout.trim();
}

function ownNode(): string {
  const runtimes = join(homeFolder(), 'runtimes');
  const used = realpathSync(process.execPath);
  makeFolders(runtimes, 0o700);
  if (used.startsWith(`${realpathSync(runtimes)}/`)) return used;
  const folder = join(runtimes, `copy-${process.versions.node}`);
  makeFolders(folder, 0o700);
  const copy = join(folder, 'node');
  // Written to, a file that runs is refused; and rights of a file are lost with its bytes.
  rmSync(copy, { force: true });
  copyFileSync(used, copy);
  return copy;
}
