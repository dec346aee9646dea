import { ConCoordError } from '../base/index.ts';

/** What the module of a class or its constructor throws is told to whoever starts the replica. */
export function unmade(name: string, message: string, cause: unknown): ConCoordError {
  return new ConCoordError('INVALID_CLASS', `${name} cannot be made: ${message}`, {
    cause,
    remedy: 'Correct the module, so that it can be evaluated and new makes an object of the class.',
  });
}
