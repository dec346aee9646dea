export {
  contextRealms,
  ContextWorld,
  contextWorlds,
  contextWorldsAtOnce,
} from './context-world.ts';
export type { MakeContextWorld } from './context-world.ts';
export {
  HEAVY_MS,
  SHADOW_BATCH_BYTES,
  SHADOW_FROM_BYTES,
  SHADOW_LAG_BYTES,
  WORLD_PATIENCE_MS,
  WORLD_QUICK_MS,
} from './limits.ts';
export { noSnapshot } from './no-snapshot.ts';
export { unmade } from './unmade.ts';
export { WorldExecutor } from './world-executor.ts';
export { TooSlow } from './world.ts';
export type { Applied, MakeWorld, Pace, World, WorldParts } from './world.ts';
