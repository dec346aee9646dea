import { STATE_CLASSES } from '../threading/index.ts';

/** Classes that states of our own objects hold instances of, beside the objects themselves. */
export const PARTS: readonly (readonly [string, object])[] = [...STATE_CLASSES];
