import { plainError } from '../wire/index.ts';
import {
  BrokenBarrierError,
  IndexError,
  KeyError,
  RuntimeError,
  ValueError,
} from './error-classes.ts';

const OURS = new Map<string, new (message: string) => Error>([
  ['KeyError', KeyError],
  ['ValueError', ValueError],
  ['RuntimeError', RuntimeError],
  ['IndexError', IndexError],
  ['BrokenBarrierError', BrokenBarrierError],
]);

/** What an object threw, as an error of the class of that name; unknown names keep their name. */
export function reviveError({ name, message }: { name: string; message: string }): Error {
  return reviveByName(name, message);
}

/** The same for decoders, which ask for each error among the values. */
export function reviveByName(name: string, message: string): Error {
  const type = OURS.get(name);
  return type === undefined ? plainError(name, message) : new type(message);
}
