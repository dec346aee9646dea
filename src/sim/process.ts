import type { EventKind, World } from './world.ts';

/** Killed, so that its machine says goodbye for it; or with its machine, so that nobody does. */
export type EndOfProcess = 'killed' | 'unplugged';

/**
 * A process of the virtual world: it ends, and it can be stopped for a while (SIGSTOP), after which
 * everything that arrived meanwhile happens at once.
 */
export class VirtualProcess {
  readonly world: World;
  /** Numbers processes in the order in which they began; for the hash of the run. */
  readonly number: number;
  readonly name: string;
  #state: 'running' | 'stopped' | 'ended' = 'running';
  #backlog: (() => void)[] = [];
  readonly #atEnd: ((how: EndOfProcess) => void)[] = [];

  constructor(world: World, number: number, name: string) {
    this.world = world;
    this.number = number;
    this.name = name;
  }

  get alive(): boolean {
    return this.#state !== 'ended';
  }

  get stopped(): boolean {
    return this.#state === 'stopped';
  }

  /** Runs once after `delay` µs, unless the process has ended by then. */
  after(delay: number, kind: EventKind, run: () => void): void {
    this.world.schedule(delay, kind, this.number, () => this.enter(run));
  }

  /** Something reaches the process: now, or when it goes on. */
  enter(run: () => void): void {
    if (this.#state === 'running') run();
    else if (this.#state === 'stopped') this.#backlog.push(run);
  }

  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  resume(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const run of backlog) this.enter(run);
  }

  /** What the world does when the process ends, for whatever reason. */
  onEnd(run: (how: EndOfProcess) => void): void {
    this.#atEnd.push(run);
  }

  end(how: EndOfProcess): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#backlog = [];
    for (const run of this.#atEnd) run(how);
  }
}
