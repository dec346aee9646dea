import { BlockingReturn, roster, RuntimeError, UnblockingReturn } from '../object/bundled.ts';
import type { CallerCommand } from '../object/bundled.ts';

/** What a method gave that was run for somebody else. */
export type Ran = { readonly value: unknown } | { readonly error: unknown };

/** A method by its name: a state holds no functions that were made since. */
export interface Method {
  readonly object: object;
  readonly name: string;
}

/** Without `Reflect`: where a class mentions it, none of its methods is proven to be a read. */
type Methods = Readonly<Record<string, () => unknown>>;

/** @throws TypeError for what is no method of the object. */
export function checkMethod(object: unknown, name: unknown, what: string): Method {
  if (typeof object !== 'object' || object === null) {
    throw new TypeError(`${what} needs the object whose method it is: give it \`this\``);
  }
  if (typeof name !== 'string') throw new TypeError(`${what} is the name of a method`);
  if (name !== 'constructor' && typeof (object as Methods)[name] === 'function') {
    return { object, name };
  }
  const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  throw new TypeError(`${what}: the object has no method ${shown}`);
}

/**
 * Runs a method as if that caller had called it, in the middle of the call of somebody else. It can neither
 * wait nor end that call.
 */
export function runFor(command: CallerCommand, { object, name }: Method, what: string): Ran {
  const list = roster();
  const { context } = list;
  if (context !== undefined) {
    const { sequence, session } = command;
    list.context = { ...context, session, sequence, inside: what };
  }
  try {
    return { value: (object as Methods)[name]?.() };
  } catch (error) {
    if (error instanceof UnblockingReturn || error instanceof BlockingReturn) {
      return { error: new RuntimeError(`${what} can neither wait nor wake others`) };
    }
    return { error };
  } finally {
    list.context = context;
  }
}
