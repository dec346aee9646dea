import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { RotatingLog } from './rotating-log.ts';
import type { Launch, ReplicaFolder, State } from './replica-folder.ts';
import { standingIn } from './standing.ts';
import type { Standing } from './standing.ts';
import { afterEnding, bootFor, WELL_MS } from './supervision.ts';

export interface SupervisorParts {
  readonly folder: ReplicaFolder;
  /** The version that it is started from: the folder with `bin/concoord.js`. */
  readonly root: string;
  readonly version: string;
  readonly kind: 'systemd' | 'own';
  readonly lockPatienceMs?: number;
}

const LOCK_PATIENCE_MS = 5000;
/** A replica hands over within 10 s. */
const STOP_PATIENCE_MS = 15_000;
/** Why a replica ends, it says once; its log may go on behind that. */
const LAST_WORD = /^concoord: /;
const READY = /^(?:REPLICA|NAMESERVER)-\S+ ready/;

/** Keeps one replica running until it is told to stop, or the replica has to end. */
export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #launch: Launch;
  readonly #log: RotatingLog;
  #state: State;
  #child: ChildProcess | undefined;
  #boot: string | undefined;
  #attempts = 0;
  #wasReady: boolean;
  #stopping = false;
  #pause: NodeJS.Timeout | undefined;
  #resolve: (code: number) => void = () => undefined;

  constructor(parts: SupervisorParts) {
    const { folder, kind, version } = parts;
    this.#parts = parts;
    this.#launch = folder.launch;
    this.#log = new RotatingLog(folder.log);
    const before = folder.state;
    const members = before?.members ?? [];
    // One that was a member before comes back by itself, also after a restart of the machine.
    this.#wasReady = members.length > 0;
    this.#state = { state: 'starting', said: '', version, restarts: 0, supervisor: kind, members };
  }

  /** Returns the exit code: 0 when it was told to stop, or 1. */
  run(): Promise<number> {
    // Whoever looks whether we run has it for a moment.
    const { folder, lockPatienceMs = LOCK_PATIENCE_MS } = this.#parts;
    const lock = folder.lock(lockPatienceMs);
    const stop = (): void => this.#stop();
    process.on('SIGTERM', stop).on('SIGINT', stop);
    return new Promise<number>((resolve) => {
      this.#resolve = resolve;
      this.#start();
    }).finally(() => {
      clearTimeout(this.#pause);
      process.off('SIGTERM', stop).off('SIGINT', stop);
      lock.release();
    });
  }

  #start(): void {
    const { folder, root } = this.#parts;
    const { addr, args, durable, port } = this.#launch;
    const boot = this.#boot ?? bootFor(this.#launch, folder.address, this.#state.members);
    if (boot === undefined && this.#wasReady && !durable) {
      this.#note('nobody is known who could hand the state over: it founds a new, empty instance');
    }
    const all = [
      ...args,
      ...['-a', addr, '-p', String(port)],
      ...(boot === undefined ? [] : ['-b', boot]),
      ...(durable && !args.some((arg) => arg.startsWith('--data-dir='))
        ? ['--data-dir', folder.data]
        : []),
      ...(folder.tokenFile === undefined ? [] : ['--token-file', folder.tokenFile]),
    ];
    this.#note(`starts concoord replica ${all.join(' ')}`);
    this.#update({ state: 'starting', said: '', role: undefined });
    const startedAt = Date.now();
    const child = spawn(process.execPath, [join(root, 'bin', 'concoord.js'), 'replica', ...all], {
      cwd: folder.path,
      // It ends with us: a replica that nobody watches would be in the way of the next one.
      env: { ...process.env, CONCOORD_LAUNCHED: '1', CONCOORD_PACKED: folder.path },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    let last = '';
    if (child.stdout !== null) {
      createInterface(child.stdout).on('line', (line) => {
        this.#log.write(line);
        if (!READY.test(line)) return;
        this.#wasReady = true;
        this.#boot = undefined;
        this.#update({ state: 'ready', said: line });
      });
    }
    if (child.stderr !== null) {
      createInterface(child.stderr).on('line', (line) => {
        this.#log.write(line);
        if (LAST_WORD.test(line) || !LAST_WORD.test(last)) last = line;
      });
    }
    child.on('message', (message) => this.#onTold(child, standingIn(message)));
    const end = (code: number | null, signal: string | null): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#onEnd(code, signal, last, Date.now() - startedAt);
    };
    child.on('error', (error) => {
      last = error.message;
      end(1, null);
    });
    child.on('close', end);
  }

  #onEnd(code: number | null, signal: string | null, last: string, livedMs: number): void {
    this.#note(`the replica ended: ${signal ?? `exit code ${code}`}`);
    if (this.#stopping) {
      this.#finish('stopped', 'it was told to stop');
      return;
    }
    // The last line before a kill is any line of the log.
    const said = code === null || code === 0 ? '' : last;
    const ending = { code, signal, said, wasReady: this.#wasReady, livedMs };
    const verdict = afterEnding(ending, this.#attempts);
    if (verdict.do === 'end') {
      this.#finish(verdict.state, verdict.why);
      return;
    }
    this.#attempts = livedMs >= WELL_MS ? 1 : this.#attempts + 1;
    this.#boot = verdict.boot ?? this.#boot;
    const why = said === '' ? `ended by ${signal ?? 'itself'}` : said;
    this.#update({ state: 'waiting', said: why, restarts: this.#state.restarts + 1 });
    this.#note(`starts again in ${verdict.afterMs} ms`);
    this.#pause = setTimeout(() => this.#start(), verdict.afterMs);
  }

  #stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    clearTimeout(this.#pause);
    const child = this.#child;
    if (child === undefined) {
      this.#finish('stopped', 'it was told to stop');
      return;
    }
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS).unref();
  }

  #finish(state: 'stopped' | 'failed', said: string): void {
    this.#update({ state, said });
    this.#note(`${state}: ${said}`);
    this.#resolve(state === 'stopped' ? 0 : 1);
  }

  /** Members come and go: who restarts in memory must know some that are there. */
  #onTold(child: ChildProcess, standing: Standing | undefined): void {
    // One that was told to leave knows itself alone.
    if (standing === undefined || this.#child !== child || this.#stopping) return;
    const { leads, members } = standing;
    this.#update({ members, role: leads ? 'leader' : 'follower' });
  }

  #update(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    try {
      this.#parts.folder.write(this.#state);
    } catch (error) {
      // A full disk must not end what it is about.
      this.#note(`its state cannot be written: ${(error as Error).message}`);
    }
  }

  #note(text: string): void {
    this.#log.write(`supervisor: ${new Date().toISOString()} ${text}`);
  }
}
