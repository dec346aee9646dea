import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { need } from './needs.ts';

const SOURCE = fileURLToPath(new URL('./unsynced-shim.c', import.meta.url));

/** A sync that had something to write. Times are ns of the monotonic clock, as `process.hrtime`. */
export interface Sync {
  readonly began: bigint;
  readonly ended: bigint;
  readonly bytes: number;
  readonly path: string;
}

/** The preloaded library that keeps unsynced bytes out of files; see its source. */
export class Shim {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'concoord-shim-'));

  constructor() {
    need('cc', 'gcc, with libc6-dev');
    const flags = ['-Wall', '-Wextra', '-Werror', '-O2', '-fPIC', '-shared'];
    execFileSync('cc', [...flags, '-o', this.#library, SOURCE, '-ldl', '-lpthread']);
  }

  get #library(): string {
    return join(this.#folder, 'unsynced.so');
  }

  /** For a process whose files under `directory` lose what is not synced. */
  env(directory: string, options: { torn?: number; log?: string } = {}): NodeJS.ProcessEnv {
    const { torn, log } = options;
    return {
      LD_PRELOAD: this.#library,
      CONCOORD_SHIM_DIR: directory,
      ...(torn === undefined ? {} : { CONCOORD_SHIM_TORN: String(torn) }),
      ...(log === undefined ? {} : { CONCOORD_SHIM_LOG: join(this.#folder, log) }),
    };
  }

  /** What was synced so far by the process with this log. */
  syncs(log: string): Sync[] {
    const path = join(this.#folder, log);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
    return lines.map((line) => {
      const [began = '', ended = '', bytes = '', file = ''] = line.split(' ');
      return { began: BigInt(began), ended: BigInt(ended), bytes: Number(bytes), path: file };
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
