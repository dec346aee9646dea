/** What object code may import as `concoord/object`. */
export { BrokenBarrierError, IndexError, KeyError, RuntimeError, ValueError } from './errors.ts';
