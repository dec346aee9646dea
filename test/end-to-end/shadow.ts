/** The thread in which the shadow of a test's object runs. */
import { findBuiltIn } from '../../src/library/index.ts';
import { serveShadow } from '../../src/platform/index.ts';
import { HEAVY } from './heavy.ts';

serveShadow((name) => (name === HEAVY.name ? HEAVY : findBuiltIn(name)));
