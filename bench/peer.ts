/** Other systems: commands that measure them in the same way, and print a line of JSON. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cell, Figures } from './instance.ts';

const run = promisify(execFile);

export interface Peer {
  readonly name: string;
  readonly command: string;
}

/** `name=command` */
export function readPeer(text: string): Peer {
  const at = text.indexOf('=');
  return { name: text.slice(0, at), command: text.slice(at + 1) };
}

export async function measurePeer(
  { command }: Peer,
  cell: Cell,
  seconds: string,
): Promise<Figures> {
  const filled = command
    .replaceAll('{workload}', cell.workload)
    .replaceAll('{callers}', String(cell.callers))
    .replaceAll('{connections}', String(cell.connections))
    .replaceAll('{seconds}', seconds);
  const { stdout } = await run('sh', ['-c', filled], { maxBuffer: 1 << 24 });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  return JSON.parse(line) as Figures;
}
