const PLACE = /(?:^|[^\w$.])((?:[\w$]+\.)*)([\w$]*)$/;

/**
 * The names that can end a line: those of variables, and of what hangs on one. Only looks: no getter runs,
 * and no method is called.
 *
 * @returns The candidates, and the part of the line that they would replace.
 */
export function complete(line: string, world: object): [string[], string] {
  const place = PLACE.exec(line);
  if (place === null) return [[], line];
  const [, path = '', begun = ''] = place;
  let value: unknown = world;
  for (const name of path.split('.').slice(0, -1)) value = peek(value, name);
  const found = new Set(namesOf(value).filter((name) => name.startsWith(begun)));
  return [[...found].sort().map((name) => path + name), path + begun];
}

function peek(value: unknown, name: string): unknown {
  for (const holder of chainOf(value)) {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    if (property !== undefined) return property.value;
  }
  return undefined;
}

/** What every object has is left out: it hides what this one has. */
function namesOf(value: unknown): string[] {
  return chainOf(value)
    .filter((holder) => holder !== Object.prototype && holder !== Function.prototype)
    .flatMap((holder) => Object.getOwnPropertyNames(holder))
    .filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
}

function chainOf(value: unknown): object[] {
  const chain: object[] = [];
  if (value === undefined || value === null) return chain;
  for (let at: unknown = Object(value); at !== null; at = Object.getPrototypeOf(at)) {
    chain.push(at as object);
  }
  return chain;
}
