/** Where an encoder is inside the container that it is writing. */
export interface Place {
  readonly container: object;
  /** The property or index; in a `Map` or `Set` the number of the entry; unused in an `Error`. */
  step: string | number;
  /** Which half of the entry of a `Map`. */
  part: 'key' | 'value';
}

/** Longer property names are cut in messages. */
const MAX_NAME = 60;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** Names a value inside another for people: `arguments[0].items[3].callback`, `result<value 2>`. */
export function showPath(root: string, places: readonly Place[]): string {
  let path = root;
  for (const place of places) path += showPlace(place);
  return path;
}

function showPlace({ container, step, part }: Place): string {
  if (Array.isArray(container)) return `[${step}]`;
  if (container instanceof Map) return `<${part} ${step}>`;
  if (container instanceof Set) return `<item ${step}>`;
  if (container instanceof Error) return '.cause';
  const name = String(step);
  if (name.length > MAX_NAME) return `[${JSON.stringify(`${name.slice(0, MAX_NAME)}…`)}]`;
  return IDENTIFIER.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
