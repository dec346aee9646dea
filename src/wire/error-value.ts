/**
 * Turns a name and a message back into an error; what is thrown to users should be of a real class.
 */
export type ErrorReviver = (name: string, message: string) => Error;

const BUILT_IN = new Map<string, new (message: string) => Error>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [
    type.name,
    type,
  ]),
);

/** An error of the language's own class of that name, else an `Error` that says it is called so. */
export function plainError(name: string, message: string): Error {
  const type = BUILT_IN.get(name);
  if (type !== undefined) return new type(message);
  return setHidden(new Error(message), 'name', name);
}

/** Sets a property the way the language sets those of errors: not enumerable. */
export function setHidden(error: Error, property: 'name' | 'cause', value: unknown): Error {
  const descriptor = { value, writable: true, configurable: true, enumerable: false };
  return Object.defineProperty(error, property, descriptor);
}

/** A property of an error as text; undefined when reading it throws, as hostile classes make it. */
export function errorText(error: Error, property: 'name' | 'message'): string | undefined {
  try {
    const text: unknown = error[property];
    return String(text);
  } catch {
    return undefined;
  }
}
