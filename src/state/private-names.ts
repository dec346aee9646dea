import { PrivateMember } from './private-fields.ts';
import { readVariable } from './registry.ts';
import type { Scope } from './registry.ts';

/**
 * How people call private fields: `.#secret`. The bundler keeps `#secret` in a variable `_secret`, and the
 * second of that name in `_secret2`. A WeakMap that the sources have themselves is called by its variable.
 */
export function privateNames(scopes: readonly Scope[]): ReadonlyMap<object, string> {
  const variables = new Map<string, object>();
  for (const scope of scopes) {
    for (const [name, variable] of Object.entries(scope)) {
      const value = readVariable(variable);
      const isObject = typeof value === 'object' && value !== null;
      if (isObject && PrivateMember.is(value)) variables.set(name, value);
    }
  }
  const names = new Map<object, string>();
  for (const [name, member] of variables) {
    const [, first = ''] = /^(_.*?)\d+$/.exec(name) ?? [];
    const shown = variables.has(first) ? first : name;
    names.set(member, shown.startsWith('_') ? `.#${shown.slice(1)}` : `<value in ${shown}>`);
  }
  return names;
}
