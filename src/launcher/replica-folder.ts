import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConCoordError, present } from '../base/index.ts';
import { DirectoryLock, joinAddress, makeFolders, replaceFileSync } from '../platform/index.ts';
import type { ReplicaReport, ReplicaState } from './protocol.ts';

/** How a replica was ordered: enough to start it again after anything. */
export interface Launch {
  readonly format: 1;
  readonly addr: string;
  readonly port: number;
  /** Of `concoord replica`, but for `-a`, `-p` and `-b`. */
  readonly args: readonly string[];
  readonly boot?: string;
  readonly durable: boolean;
  /** By `orderId`. */
  readonly order: string;
}

/** What its supervisor last knew. */
export interface State {
  readonly state: ReplicaState;
  readonly said: string;
  readonly version: string;
  readonly restarts: number;
  readonly supervisor: 'systemd' | 'own' | 'none';
  readonly role?: string | undefined;
  /** `addr:port` of all members, itself among them. */
  readonly members: readonly string[];
}

const LAUNCH = 'launch.json';
const STATE = 'state.json';
const OBJECTS = 'objects';
const TOKEN = 'token';
const MAX_FILE_BYTES = 1024 * 1024;

/** Where everything of ours lies on a node. */
export function homeFolder(): string {
  return join(homedir(), '.concoord');
}

/** All replicas that were ever ordered here. */
export function listFolders(home: string = homeFolder()): readonly ReplicaFolder[] {
  const root = join(home, 'replicas');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => existsSync(join(root, name, LAUNCH)))
    .toSorted()
    .map((name) => new ReplicaFolder(join(root, name), name));
}

/** `10.0.0.1-14000`: what file systems and systemd take as a name. */
export function folderName(addr: string, port: number): string {
  return `${addr.replaceAll(/[^A-Za-z0-9.-]/g, '_')}-${port}`;
}

/** Makes the folder of a new replica. */
export function makeFolder(
  launch: Launch,
  secrets: {
    readonly object?: { readonly name: string; readonly packed: Uint8Array };
    readonly token?: string;
  },
  home: string = homeFolder(),
): ReplicaFolder {
  const name = folderName(launch.addr, launch.port);
  const path = join(home, 'replicas', name);
  const { object, token } = secrets;
  makeFolders(join(path, OBJECTS), 0o700);
  if (object !== undefined)
    replaceFileSync(join(path, OBJECTS, `${object.name}.packed`), object.packed);
  if (token === undefined) rmSync(join(path, TOKEN), { force: true });
  else replaceFileSync(join(path, TOKEN), token);
  mkdirSync(join(path, 'log'), { recursive: true, mode: 0o700 });
  // Last, since a folder without it is none.
  replaceFileSync(join(path, LAUNCH), `${JSON.stringify(launch, undefined, 2)}\n`);
  return new ReplicaFolder(path, name);
}

/** The folder of a replica on a node: how it was ordered, what became of it, its log, and what it keeps. */
export class ReplicaFolder {
  readonly path: string;
  readonly name: string;

  constructor(path: string, name: string) {
    this.path = path;
    this.name = name;
  }

  get log(): string {
    return join(this.path, 'log', 'replica.log');
  }

  get objects(): string {
    return join(this.path, OBJECTS);
  }

  get data(): string {
    return join(this.path, 'data');
  }

  get tokenFile(): string | undefined {
    const path = join(this.path, TOKEN);
    return existsSync(path) ? path : undefined;
  }

  get launch(): Launch {
    return present(this.#read(LAUNCH), 'how it was ordered') as Launch;
  }

  reorder(launch: Launch): void {
    replaceFileSync(join(this.path, LAUNCH), `${JSON.stringify(launch, undefined, 2)}\n`);
  }

  get address(): string {
    const { addr, port } = this.launch;
    return joinAddress(addr, port);
  }

  get state(): State | undefined {
    return this.#read(STATE) as State | undefined;
  }

  write(state: State): void {
    replaceFileSync(join(this.path, STATE), `${JSON.stringify(state)}\n`);
  }

  /** Ends with the process that has it, however that ends. */
  lock(patienceMs = 0): DirectoryLock {
    return new DirectoryLock(this.path, patienceMs);
  }

  /** The process that supervises it now; 0: there is one, and it has not said which. */
  supervisorPid(): number | undefined {
    try {
      this.lock().release();
      return undefined;
    } catch (error) {
      if (!(error instanceof ConCoordError) || error.code !== 'DATA_DIRECTORY_LOCKED') throw error;
      const [, pid] = / process (\d+)$/.exec(error.message) ?? [];
      // One that has it since a moment ago has not written its name yet.
      return pid === undefined || Number(pid) === process.pid ? 0 : Number(pid);
    }
  }

  report(): ReplicaReport {
    const state = this.state ?? NOTHING_YET;
    const isRunning = this.supervisorPid() !== undefined;
    const wasRunning = ['starting', 'ready', 'waiting'].includes(state.state);
    const { address, log, name } = this;
    const isDead = wasRunning && !isRunning;
    return {
      name,
      address,
      log,
      order: this.launch.order,
      ...state,
      ...(isDead && {
        state: 'dead',
        said: 'its processes ended without a word (killed, or the machine restarted)',
        supervisor: 'none',
      }),
    };
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #read(name: string): unknown {
    const path = join(this.path, name);
    if (!existsSync(path)) return undefined;
    try {
      const text = readFileSync(path, 'utf8');
      if (text.length > MAX_FILE_BYTES) throw new Error('it is too long');
      return JSON.parse(text);
    } catch (error) {
      throw new ConCoordError(
        'REMOTE_NODE',
        `${path} cannot be used: ${(error as Error).message}`,
        {
          remedy: `Move ${this.path} away, and start the replica anew.`,
          cause: error,
        },
      );
    }
  }
}

const NOTHING_YET: State = {
  state: 'stopped',
  said: 'it was never started',
  version: '',
  restarts: 0,
  supervisor: 'none',
  members: [],
};
