import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./concoord.ts', import.meta.url));
/** A whole machine may be busy with other tests; whoever hangs is found all the same. */
const PATIENCE_MS = 40_000;

/** The cache spares every process the compilation of what the one before has compiled. */
const CLEAN: NodeJS.ProcessEnv = {
  CONCOORD_TOKEN: '',
  NODE_OPTIONS: '',
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/concoord', import.meta.url)),
};

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Another Node.js than that of the test. */
  readonly engine?: string;
  /** Flags of Node.js itself. */
  readonly node?: readonly string[];
  /** What stands before everything, such as `ip netns exec`. */
  readonly prefix?: readonly string[];
  /** The program, when it is not the command line. */
  readonly main?: string;
}

/** A process of ours, with everything that it printed. */
export class Process {
  readonly child: ChildProcess;
  readonly args: readonly string[];
  stdout = '';
  stderr = '';
  /** When everything that it printed is here, too. */
  readonly exited: Promise<Ending>;
  readonly #watchers = new Set<() => void>();

  constructor(
    args: readonly string[],
    { cwd, env, engine = process.execPath, node, prefix, main }: Surroundings,
  ) {
    this.args = args;
    const words = [...(prefix ?? []), engine, ...(node ?? []), main ?? MAIN, ...args];
    this.child = spawn(words[0] as string, words.slice(1), {
      cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...CLEAN, ...env },
    });
    this.child.stdin?.on('error', () => undefined);
    this.child.stdout?.on('data', (chunk: Buffer) => this.#add('stdout', chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => this.#add('stderr', chunk));
    this.exited = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve({ code, signal });
        this.#look();
      });
    });
  }

  #add(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this[stream] += chunk.toString();
    this.#look();
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  /** Kills it and waits until nothing of it is left. */
  async killed(): Promise<void> {
    this.kill();
    await this.exited;
  }

  /** Waits for the end, and fails when there is none. */
  async ended(patienceMs: number = PATIENCE_MS): Promise<Ending> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(this.#failure('does not end')), patienceMs);
    });
    try {
      return await Promise.race([this.exited, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The first match in what was and will be printed; rejects when the process ends first. */
  printed(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        settle();
      };
      const look = (): void => {
        const match = pattern.exec(this[stream]);
        if (match !== null) end(() => resolve(match));
        else if (!this.running) end(() => reject(this.#failure('ended')));
      };
      const timer = setTimeout(
        () => end(() => reject(this.#failure(`did not print ${pattern}`))),
        PATIENCE_MS,
      );
      this.#watchers.add(look);
      look();
    });
  }

  #failure(what: string): Error {
    return new Error(`'${this.args.join(' ')}' ${what}:\n${this.stdout}\n${this.stderr}`);
  }
}
