import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const LIMIT_BYTES = 12 * 1024 * 1024;
const CHECK_MS = 500;

/**
 * Keeps V8's young generation from growing to its default of nearly 100 MiB, which a busy replica fills
 * with short-lived batches: it would be most of its resident memory. The growth factor is the one flag of
 * these that V8 reads again while it runs; at 1, what has grown stays as it is.
 */
export function limitYoungGeneration(): void {
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
    if (young === undefined || young.space_size < LIMIT_BYTES) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(timer);
  }, CHECK_MS);
  timer.unref();
}
