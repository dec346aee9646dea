import { ConCoordError } from '../base/index.ts';
import type { ErrorDetails } from '../base/index.ts';

/** A signal gave the call up; `cause` is the reason of the signal. */
export class AbortError extends ConCoordError {
  override readonly name = 'AbortError';

  constructor(message: string, details: ErrorDetails = {}) {
    super('ABORTED', message, details);
  }
}
