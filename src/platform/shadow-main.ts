/** The thread in which the shadow of one of our own objects runs. */
import { findBuiltIn } from '../library/index.ts';
import { serveShadow } from './shadow-service.ts';

serveShadow(findBuiltIn);
