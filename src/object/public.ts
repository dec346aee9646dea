/**
 * What object code may import as `concoord/object`. It is bundled into every class that uses it, so it must
 * bring nothing along.
 */
export {
  BrokenBarrierError,
  IndexError,
  KeyError,
  RuntimeError,
  ValueError,
} from './error-classes.ts';
