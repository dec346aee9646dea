/**
 * The first that brings something. The next begins when the one before has failed, or has kept silent for
 * `patienceMs`: a server that is gone must not keep anybody from asking another.
 *
 * @throws what the first of them failed with, when all have.
 */
export function firstOf<T>(
  ways: readonly (() => Promise<readonly T[]>)[],
  patienceMs: number,
): Promise<readonly T[]> {
  return new Promise((resolve, reject) => {
    let begun = 0;
    let open = 0;
    let failure: unknown;
    let timer: NodeJS.Timeout | undefined;
    const next = (): void => {
      clearTimeout(timer);
      const way = ways[begun];
      if (way === undefined) {
        if (open === 0) reject(failure ?? new Error('nobody was asked'));
        return;
      }
      begun++;
      open++;
      if (begun < ways.length) timer = setTimeout(next, patienceMs);
      way().then(
        (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        (error: unknown) => {
          open--;
          failure ??= error;
          next();
        },
      );
    };
    next();
  });
}
