/** A connection breaks between request and reply: the call happens once, and its caller hears of it. */
import { test } from 'node:test';
import { loseReplies } from './lost-replies.ts';

test('fifty lost replies lose no increment and double none (seed 7)', () => loseReplies(50, 7));
