import type { ClockPort } from '../host/index.ts';

/** The clocks of this machine. */
export const systemClock: ClockPort = {
  now: () => performance.now(),
  wall: () => Date.now(),
  soon: (callback) => void setImmediate(callback),
  next: (callback) => process.nextTick(callback),
};
