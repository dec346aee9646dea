import { fileURLToPath } from 'node:url';
import type { Process, Surroundings } from '../end-to-end/process.ts';

const PRELOADED = fileURLToPath(new URL('weigh.ts', import.meta.url));

/** What a replica holds, after its garbage is gone, and the processor time that it has had. */
export interface Weight {
  /** Bytes. */
  readonly heap: number;
  readonly rss: number;
  /** Before its garbage was collected, and after. */
  readonly cpuMs: { readonly before: number; readonly after: number };
}

/** Of replicas that can be weighed. */
export const WEIGHABLE: Partial<Surroundings> = {
  node: ['--expose-gc', '--import', PRELOADED],
};

const asked = new WeakMap<Process, number>();

export async function weigh(replica: Process): Promise<Weight> {
  const times = (asked.get(replica) ?? 0) + 1;
  asked.set(replica, times);
  replica.kill('SIGUSR2');
  const [, weight] = await replica.printed('stderr', new RegExp(`^weight ${times} (.*)$`, 'm'));
  return JSON.parse(weight as string) as Weight;
}
