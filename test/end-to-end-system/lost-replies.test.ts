/** Many lost replies, one after the other: every call happens once. */
import { test } from 'node:test';
import { loseReplies } from '../end-to-end/lost-replies.ts';
import { FULL_LOAD } from './size.ts';

const CUTS = 1000;

test(`${CUTS} lost replies lose no increment and double none (seed 11)`, () =>
  loseReplies(CUTS, 11, FULL_LOAD));
