import type { Inbox } from '../host/index.ts';
import type { MakeWorld } from './world.ts';

export interface WorldExecutorParts {
  readonly make: MakeWorld;
  readonly inbox: Inbox;
  readonly logger: { warn(line: string): void };
  /** ms; for what takes long. */
  readonly now: () => number;
  /** The object cannot go on here: there is no world any more, and no way back. */
  readonly fatal: (error: Error) => void;
  /** For tests: what counts as a large state. */
  readonly shadowFromBytes?: number;
}
