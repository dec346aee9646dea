import { parseSync } from 'oxc-parser';
import type { Comment, Node, Program } from 'oxc-parser';
import { ConCoordError } from '../base/index.ts';
import { refuseDeepSyntax } from '../loading/index.ts';
import { givenBy, partsOfType, required, WHOLE } from './common-js.ts';
import type { Given } from './common-js.ts';

/** Where a name that a module uses, or gives, comes from. */
export type Binding =
  /** Declared here; interfaces may be declared in several pieces. */
  | { readonly kind: 'declared'; readonly nodes: readonly Node[] }
  /** Of another module: `imported` is `*` for all of it. */
  | { readonly kind: 'imported'; readonly specifier: string; readonly imported: string };

/** `export class`, and in CommonJS `const A = class` or `module.exports = class`. */
const MODIFIERS = new RegExp(
  [
    String.raw`^\s*(?:(?:export|default|declare|abstract)\s+)*`,
    String.raw`(?:(?:const|let|var)\s+[\w$]+\s*=\s*)?`,
    String.raw`(?:(?:module\.)?exports(?:\.[\w$]+)?\s*=\s*)*$`,
  ].join(''),
);

/** One file of the user, parsed: what it declares, imports and exports at its top level. */
export class SourceModule {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly #comments: readonly Comment[];
  readonly #bindings = new Map<string, Binding>();
  /** By the name outside: the local name, or a name of another module. */
  readonly #exports = new Map<string, string | Extract<Binding, { kind: 'imported' }>>();
  /** Specifiers of `export * from`. */
  readonly stars: string[] = [];

  /** @throws ConCoordError `INVALID_CLASS` when the file is not valid TypeScript or JavaScript. */
  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    refuseDeepSyntax(text, path);
    const { program, comments, errors } = parseSync(path, text, { astType: 'ts' });
    this.program = program;
    const [error] = errors;
    if (error !== undefined) {
      const at = error.labels[0]?.start ?? 0;
      throw new ConCoordError('INVALID_CLASS', `${this.at(at)}: ${error.message}`, {
        remedy: 'Correct the source, and run the command again.',
      });
    }
    this.#comments = comments;
    for (const statement of program.body) this.#read(statement);
    if (this.#exports.size > 0 || this.stars.length > 0) return;
    for (const statement of program.body) {
      for (const given of givenBy(statement)) this.#give(given);
    }
  }

  get isDeclarations(): boolean {
    return /\.d\.[mc]?ts$/.test(this.path);
  }

  get isJavaScript(): boolean {
    return /\.[mc]?js$/.test(this.path);
  }

  /** What a name means at the top level; undefined for a global one. */
  binding(name: string): Binding | undefined {
    return this.#bindings.get(name);
  }

  exported(name: string): string | Extract<Binding, { kind: 'imported' }> | undefined {
    return this.#exports.get(name);
  }

  get exportedNames(): readonly string[] {
    return [...this.#exports.keys()].filter((name) => name !== WHOLE);
  }

  /** `file:line:column`, for messages. */
  at(offset: number): string {
    const before = this.text.slice(0, offset).split('\n');
    return `${this.path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  }

  /** The doc comment that stands directly before a node, from its first star on; undefined without one. */
  docBefore(node: Node): string | undefined {
    const before = this.#comments.findLast(({ end }) => end <= node.start);
    if (before?.type !== 'Block' || !before.value.startsWith('*')) return undefined;
    const between = this.text.slice(before.end, node.start);
    // Modifiers of a declaration stand before the node that they declare.
    return MODIFIERS.test(between) ? before.value : undefined;
  }

  /** Of a module that is CommonJS. */
  #give({ name, value }: Given): void {
    const specifier = required(value);
    if (specifier !== undefined) {
      this.#exports.set(name, { kind: 'imported', specifier, imported: WHOLE });
      if (name === WHOLE) this.stars.push(specifier);
    } else if (value.type === 'ClassExpression') {
      // No variable has such a name.
      const local = `exports.${name}`;
      this.#add(local, value);
      this.#exports.set(name, local);
    } else if (value.type === 'Identifier' && this.#bindings.has(value.name)) {
      this.#exports.set(name, value.name);
      const declared = this.#bindings.get(value.name);
      const nodes = name === WHOLE && declared?.kind === 'declared' ? declared.nodes : [];
      for (const part of nodes.flatMap((node) => partsOfType(node))) this.#give(part);
    }
  }

  #read(statement: Node): void {
    switch (statement.type) {
      case 'ImportDeclaration':
        for (const one of statement.specifiers) {
          let imported = '*';
          if (one.type === 'ImportDefaultSpecifier') imported = 'default';
          else if (one.type === 'ImportSpecifier') imported = nameOf(one.imported);
          const specifier = statement.source.value;
          this.#bindings.set(one.local.name, { kind: 'imported', specifier, imported });
        }
        return;
      case 'ExportNamedDeclaration':
        if (statement.declaration !== null) {
          for (const name of this.#declare(statement.declaration)) this.#exports.set(name, name);
        }
        for (const { local, exported } of statement.specifiers) {
          const from = statement.source?.value;
          const inside = nameOf(local);
          const target =
            from === undefined
              ? inside
              : ({ kind: 'imported', specifier: from, imported: inside } as const);
          this.#exports.set(nameOf(exported), target);
        }
        return;
      case 'ExportDefaultDeclaration':
        for (const name of this.#declare(statement.declaration)) {
          this.#exports.set('default', name);
          this.#exports.set(name, name);
        }
        return;
      case 'ExportAllDeclaration':
        if (statement.exported === null) this.stars.push(statement.source.value);
        else {
          const specifier = statement.source.value;
          const all = { kind: 'imported', specifier, imported: '*' } as const;
          this.#exports.set(nameOf(statement.exported), all);
        }
        return;
      default:
        this.#declare(statement);
    }
  }

  /** The names that a declaration gives. */
  #declare(node: Node): readonly string[] {
    switch (node.type) {
      case 'VariableDeclaration':
        return node.declarations.flatMap((one) => {
          const specifier = required(one.init);
          if (specifier !== undefined) return this.#require(one.id, specifier);
          return one.id.type === 'Identifier' ? this.#add(one.id.name, one) : [];
        });
      case 'ClassDeclaration':
      case 'FunctionDeclaration':
      case 'TSDeclareFunction':
      case 'TSEnumDeclaration':
      case 'TSInterfaceDeclaration':
      case 'TSTypeAliasDeclaration':
        return node.id === null ? [] : this.#add(node.id.name, node);
      case 'TSModuleDeclaration':
        return node.id.type === 'Identifier' ? this.#add(node.id.name, node) : [];
      default:
        return [];
    }
  }

  /** `const lib = require('…')`, or parts of it: `const { Base } = require('…')`. */
  #require(target: Node, specifier: string): readonly string[] {
    if (target.type === 'Identifier') {
      this.#bindings.set(target.name, { kind: 'imported', specifier, imported: WHOLE });
      return [target.name];
    }
    if (target.type !== 'ObjectPattern') return [];
    return target.properties.flatMap((property) => {
      const { value } = 'value' in property ? property : { value: undefined };
      const isPlain = property.type === 'Property' && property.key.type === 'Identifier';
      if (!isPlain || value?.type !== 'Identifier' || property.key.type !== 'Identifier') return [];
      const imported = property.key.name;
      this.#bindings.set(value.name, { kind: 'imported', specifier, imported });
      return [value.name];
    });
  }

  #add(name: string, node: Node): readonly string[] {
    const before = this.#bindings.get(name);
    const nodes = before?.kind === 'declared' ? [...before.nodes, node] : [node];
    this.#bindings.set(name, { kind: 'declared', nodes });
    return [name];
  }
}

function nameOf(name: { readonly type: string } & ({ name: string } | { value: string })): string {
  return 'name' in name ? name.name : name.value;
}
