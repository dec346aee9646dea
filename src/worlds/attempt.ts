/** Gives or throws what came of something that was begun before. */
export type Begun<T> = () => T | Promise<T>;

export interface Attempt<T> {
  /** Undefined when it is not done yet, or failed: then `again` gives or throws what comes of it. */
  readonly done: T | undefined;
  readonly again: Begun<T>;
}

/** Begins at once: as a rule it is done then, and nobody has to wait for a promise. */
export function attempt<T extends object>(run: () => T | Promise<T>): Attempt<T> {
  try {
    const begun = run();
    if (!(begun instanceof Promise)) return { done: begun, again: () => begun };
    // Whoever asked waits a little later, or never when all ends before.
    begun.catch(() => undefined);
    return { done: undefined, again: () => begun };
  } catch (error) {
    return {
      done: undefined,
      again: () => {
        throw error;
      },
    };
  }
}
