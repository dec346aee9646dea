import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:net';
import { ConCoordError } from '../base/index.ts';
import { splitAddress } from '../platform/index.ts';
import { bind } from './agent-bind.ts';
import { activate, activeVersion, sdk } from './agent-install.ts';
import { sendLogs } from './agent-logs.ts';
import { placeReplica } from './agent-place.ts';
import { chosen, forget, noReplica, stop, stopOne } from './agent-stop.ts';
import type { AgentWorld } from './agent-world.ts';
import type { AgentAnswers, AgentRequest, ReplicaReport, StartRequest } from './protocol.ts';
import { listFolders } from './replica-folder.ts';
import type { ReplicaFolder } from './replica-folder.ts';
import { dropUnit, servesUsers, startUnit } from './systemd.ts';

type Answer<Do extends AgentRequest['do']> = AgentAnswers[Do];

const READY_PATIENCE_MS = 100_000;
const POLL_MS = 50;
const ASK_PATIENCE_MS = 3000;

/** Does what was asked. */
export async function serveAgent(request: AgentRequest, world: AgentWorld): Promise<unknown> {
  switch (request.do) {
    case 'activate':
      return activate(request.id, request.node);
    case 'list':
      return list();
    case 'start':
      return startOrdered(request, world);
    case 'stop':
      return stop(request, world);
    case 'forget':
      return forget(request, world);
    case 'restart': {
      const [folder] = chosen(request.replica);
      if (folder === undefined) throw noReplica(request.replica);
      await stopOne(folder, world);
      return { replica: (await start(folder, world)).replica };
    }
    case 'logs':
      await sendLogs(chosen(request.replica), request, world);
      return {};
    case 'route53':
      return route53(request.id, request.key, world);
    case 'sdk':
      return sdk(request.module);
    case 'bind':
      return bind(request);
    default:
      throw new ConCoordError('REMOTE_NODE', 'the version there is older than this command', {
        remedy: 'Bring it up to date: openreplica upgrade.',
      });
  }
}

function list(): Answer<'list'> {
  const replicas = listFolders().map((folder) => folder.report());
  return { version: activeVersion(), node: process.versions.node, replicas };
}

/** Somebody else may take a free port before the replica has it. */
const PORT_TRIES = 5;

async function startOrdered(order: StartRequest, world: AgentWorld): Promise<Answer<'start'>> {
  for (let tries = 1; ; tries++) {
    const folder = await placeReplica(order);
    if (folder === undefined) return { wasRunning: false };
    await refuseAlone(folder);
    try {
      return await start(folder, world);
    } catch (error) {
      const isTaken = error instanceof ConCoordError && error.message.includes('ADDRESS_IN_USE');
      if (!isTaken || order.port !== undefined || tries === PORT_TRIES) throw error;
    }
  }
}

/**
 * One in memory that was a member joins the others again. When they are gone, too, what they knew is lost;
 * a new and empty instance is nothing that may happen by itself.
 */
async function refuseAlone(folder: ReplicaFolder): Promise<void> {
  const { address, launch, state } = folder;
  const others = (state?.members ?? []).filter((member) => member !== address);
  if (launch.durable || others.length === 0 || folder.supervisorPid() !== undefined) return;
  const asked = new Set([...others, ...(launch.boot ?? '').split(',')].map((one) => one.trim()));
  // A domain tells by itself who is there.
  if ([...asked].some((one) => one !== '' && !/:\d+$/.test(one))) return;
  asked.delete('');
  const answers = await Promise.all([...asked].filter((one) => one !== address).map(isOpen));
  if (answers.includes(true)) return;
  const fact = `${address} was a member beside ${others.join(', ')}, and none of them answers`;
  throw new ConCoordError('REMOTE_NODE', fact, {
    remedy:
      'Start one of them first; or, when the instance is gone for good, forget it with openreplica stop ' +
      '--forget, and start anew.',
  });
}

function isOpen(address: string): Promise<boolean> {
  const { host, port } = splitAddress(address);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(ASK_PATIENCE_MS, () => answer(false));
    socket.on('connect', () => answer(true)).on('error', () => answer(false));
  });
}

/** Starts the supervisor, unless it runs, and waits for the first word of the replica. */
async function start(
  folder: ReplicaFolder,
  world: AgentWorld,
): Promise<{ readonly replica: ReplicaReport; readonly wasRunning: boolean }> {
  const isNew = folder.state === undefined;
  const wasRunning = folder.supervisorPid() !== undefined;
  let supervisor: ChildProcess | undefined;
  if (!wasRunning) {
    folder.write({ ...(folder.state ?? FRESH), state: 'starting', said: '' });
    if (!(servesUsers() && startUnit(folder, process.execPath, world.main))) {
      supervisor = detach(folder, world);
    }
  }
  const report = await firstWord(folder, supervisor);
  if (report.state === 'ready') return { replica: report, wasRunning };
  const { said, state } = report;
  const isOver = state === 'failed' || state === 'stopped' || state === 'dead';
  // It never was one: the next try begins anew.
  if (isOver && isNew) {
    dropUnitOf(report, folder);
    if (!existsSync(folder.data)) folder.remove();
  }
  const fact = isOver ? 'ended' : `is not ready after ${READY_PATIENCE_MS / 1000} s (${state})`;
  throw new ConCoordError('REMOTE_NODE', `the replica ${report.address} ${fact}: ${said}`, {
    remedy: isOver
      ? 'Mend what it says, and run the same command again.'
      : `It is tried on; look at openreplica logs, and stop it with openreplica stop.`,
  });
}

const FRESH = { version: '', restarts: 0, supervisor: 'none', members: [] } as const;

function detach(folder: ReplicaFolder, world: AgentWorld): ChildProcess {
  const fd = openSync(folder.log, 'a', 0o600);
  try {
    const child = spawn(process.execPath, [world.main, 'supervise', folder.path], {
      cwd: folder.path,
      detached: true,
      stdio: ['ignore', fd, fd],
    });
    child.unref();
    return child;
  } finally {
    closeSync(fd);
  }
}

async function firstWord(
  folder: ReplicaFolder,
  supervisor: ChildProcess | undefined,
): Promise<ReplicaReport> {
  const deadline = Date.now() + READY_PATIENCE_MS;
  let isSeen = supervisor === undefined;
  for (;;) {
    // In this order: one that has ended has written its last word before.
    const isGone = typeof supervisor?.exitCode === 'number' || Boolean(supervisor?.signalCode);
    const report = folder.report();
    // It takes a moment to have its lock; until then it looks dead.
    isSeen ||= report.state !== 'dead';
    const isDead = report.state === 'dead' && (isSeen || isGone);
    const isOver = isDead || report.state === 'failed' || report.state === 'stopped';
    if (report.state === 'ready' || isOver || Date.now() > deadline) return report;
    await pause(POLL_MS);
  }
}

function dropUnitOf({ supervisor }: ReplicaReport, folder: ReplicaFolder): void {
  if (supervisor === 'systemd') dropUnit(folder);
}

/** The secret goes by standard input: arguments of processes can be seen by everybody. */
function route53(id: string, key: string, { root }: AgentWorld): Answer<'route53'> {
  const said: string[] = [];
  for (const [command, value] of [
    ['route53id', id],
    ['route53key', key],
  ] as const) {
    const args = [join(root, 'bin', 'concoord.js'), command, '-'];
    const done = spawnSync(process.execPath, args, { encoding: 'utf8', input: `${value}\n` });
    if (done.status !== 0) {
      throw new ConCoordError('REMOTE_NODE', `concoord ${command}: ${done.stderr.trim()}`);
    }
    said.push(done.stdout.trim());
  }
  return { said: said.join('\n') };
}
