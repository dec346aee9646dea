/**
 * What the check cannot see, since it is only decided while the class runs: pieces of a method `run(x, y)`,
 * called with the texts 'constructor' and 'toLocaleString', and what the realm says then. docs/objects.md has
 * the kinds.
 */
export interface Evasion {
  readonly piece: string;
  readonly stopped: RegExp;
}

const CODE = /there is no Function in a replicated object: code comes with the class/;
const LOCALE =
  /there is no toLocaleString in a replicated object: compare with < and format by hand/;
const FROZEN = /built-ins are frozen/;

export const EVASIONS: Readonly<Record<string, Evasion>> = {
  'a name that callers give': { piece: `const f = Math.max; f[x]('return 1')();`, stopped: CODE },
  'a name that is turned round': {
    piece: `const key = [...'rotcurtsnoc'].reverse().join('');
      const f = () => 1;
      (f as any)[key]('return 1')();`,
    stopped: CODE,
  },
  'a name that is read from a text': {
    piece: `const [key] = JSON.parse('["constructor"]');
      const f = () => 1;
      new (f as any)[key]('return 1')();`,
    stopped: CODE,
  },
  'a name in the state': {
    piece: `export class Main { key = 'constr'; f = () => 1;
      run() { this.key += 'uctor'; return (this.f as any)[this.key]('return 1')(); } }`,
    stopped: CODE,
  },
  'a name as a parameter': {
    piece: `const of = (key = 'constructor') => (isNaN as any)[key];
      of()('return 1')();`,
    stopped: CODE,
  },
  'an object as a name': {
    piece: `const f = function* () { yield 1; };
      (f as any)[{ toString: () => 'constructor' } as any]('return 1')();`,
    stopped: CODE,
  },
  'a name among all names': {
    piece: `const [f] = [isNaN];
      const shared = Object.getPrototypeOf(f);
      for (const [key, how] of Object.entries<any>(Object.getOwnPropertyDescriptors(shared))) {
        if (key.length === 11) return (how.value ?? how.get.call(isNaN))('return 1')();
      }`,
    stopped: CODE,
  },
  'a method of another this': {
    piece: `export class Main {
      make(): any { return new (this.constructor as any)('return 1'); }
      run() { return this.make.call((() => 1) as any)(); } }`,
    stopped: CODE,
  },
  'a constructor by its description': {
    piece: `const [f] = [isNaN];
      const found = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(f), x);
      (found?.get?.call(f) ?? found?.value)('return 1')();`,
    stopped: CODE,
  },
  'a method by a name that callers give': { piece: `return (5 as any)[y]();`, stopped: LOCALE },
  'a method called like one of its own': {
    piece: `export class Main { toLocaleString() { return 'mine'; } run(x: any, y: any) {
      return (5).toLocaleString() + y; } }`,
    stopped: LOCALE,
  },
  'a method that is listed': {
    piece: `return [1, 2].map((n: any) => n[y]).map((f: any) => f.call(5));`,
    stopped: LOCALE,
  },
  'a built-in that is changed by way of an object': {
    piece: `Object.getPrototypeOf({}).toString = () => 'mine';`,
    stopped: FROZEN,
  },
  'a built-in that is changed in a function': {
    piece: `const change = (o: any) => (o.toString = () => 'mine'); change(Array.prototype);`,
    stopped: FROZEN,
  },
};
