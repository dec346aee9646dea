import type { Node, TSEnumDeclaration, TSTypeQuery } from 'oxc-parser';
import { assert, present } from '../base/index.ts';
import { enumMembers, literalType, show, showKey } from './constants.ts';
import type { Meaning, ModuleGraph } from './module-graph.ts';
import { childrenOf, typeParametersIn } from './piece.ts';
import type { Piece, TypeText } from './piece.ts';
import { NeedsCompiler, refusal } from './refusal.ts';
import type { SourceModule } from './source-module.ts';

type Declared = Extract<Meaning, { kind: 'declared' }>;

/** A type that the proxy's file holds a copy of. */
export interface CopiedType {
  readonly name: string;
  readonly doc: string | undefined;
  /** After `export`: an interface or an alias. An enum has its members instead. */
  readonly text: string;
  readonly members: ReadonlyMap<string, string | number> | undefined;
}

/** A place in the text of a piece, and what stands there instead. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Types that would swallow a `| undefined` after them. */
const OPEN_ENDED = new Set(['TSFunctionType', 'TSConstructorType', 'TSConditionalType']);

const INSTANCES =
  'Instances of classes do not travel: use an interface or a type alias for what is sent.';

/**
 * The names that the proxy's file uses. Rendering a type finds out what it needs: types of the user get a
 * place in the file, types of packages an import.
 */
export class Vocabulary {
  readonly #graph: ModuleGraph;
  readonly #taken: Set<string>;
  /** By where they are declared, or by package and name. */
  readonly #names = new Map<Node | string, string>();
  readonly #queue: { readonly name: string; readonly meaning: Declared }[] = [];
  /** Lines of imports, without the keyword. */
  readonly #imports: string[] = [];
  /** Names that are used and declared nowhere: `Map`, `Date`. */
  readonly globals = new Set<string>();

  /** @param taken Names that are not free, such as those of the classes themselves. */
  constructor(graph: ModuleGraph, taken: Iterable<string>) {
    this.#graph = graph;
    this.#taken = new Set(taken);
  }

  /** Every name of the file that comes from the user. */
  get names(): ReadonlySet<string> {
    return new Set([...this.#taken, ...this.#names.values()]);
  }

  get imports(): readonly string[] {
    return this.#imports.toSorted();
  }

  /** A type as the file of the proxy can say it. */
  render(type: TypeText): string {
    if (typeof type === 'string') return type;
    const { module, node } = type;
    const edits: Edit[] = [];
    this.#visit(type, node, edits);
    const text = applyEdits(module.text, node, edits);
    if (type.orUndefined !== true) return text;
    return `${OPEN_ENDED.has(node.type) ? `(${text})` : text} | undefined`;
  }

  /** The name of a type that the file needs whatever the signatures say. */
  need(meaning: Meaning, name: string): string {
    assert(meaning.kind === 'declared', 'types of our own are declared in files of our own');
    return this.#declare(
      meaning,
      present(meaning.nodes.find(isType), 'declaration of a type'),
      name,
    );
  }

  /** Copies of all types that were asked for so far, and of those that they need. */
  takeTypes(): readonly CopiedType[] {
    const types: CopiedType[] = [];
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      types.push(...this.#copy(next.name, next.meaning));
    }
    return types;
  }

  #copy(name: string, { module, nodes }: Declared): readonly CopiedType[] {
    return nodes.flatMap((node): readonly CopiedType[] => {
      const doc = module.docBefore(node);
      if (node.type === 'TSEnumDeclaration') {
        return [{ name, doc, text: '', members: membersOf(module, node) }];
      }
      if (node.type !== 'TSInterfaceDeclaration' && node.type !== 'TSTypeAliasDeclaration')
        return [];
      const piece: Piece = { module, node, locals: typeParametersIn(node), given: new Map() };
      const edits: Edit[] = [{ start: node.start, end: node.id.end, text: name }];
      this.#visit(piece, node, edits);
      const keyword = node.type === 'TSInterfaceDeclaration' ? 'interface' : 'type';
      const text = `${keyword} ${applyEdits(module.text, node, edits).trimEnd()}`;
      const ended = keyword === 'type' && !text.endsWith(';') ? `${text};` : text;
      return [{ name, doc, text: ended, members: undefined }];
    });
  }

  #visit(piece: Piece, node: Node, edits: Edit[]): void {
    switch (node.type) {
      case 'TSTypeReference':
        edits.push(this.#reference(piece, node.typeName));
        if (node.typeArguments !== null) this.#visit(piece, node.typeArguments, edits);
        return;
      case 'TSInterfaceHeritage':
        edits.push(this.#reference(piece, node.expression));
        if (node.typeArguments !== null) this.#visit(piece, node.typeArguments, edits);
        return;
      case 'TSTypeQuery':
        edits.push(this.#query(piece, node));
        return;
      case 'TSImportType':
        if (node.qualifier === null) {
          throw refusal(
            piece.module,
            node,
            'a module as a type',
            'Import the types by their names.',
          );
        }
        if (node.source.value.startsWith('.')) {
          const path = pathOf(piece.module, node.qualifier);
          const whole = this.#graph.imported(piece.module, node.source.value, '*');
          const text = this.#say(piece.module, node, whole, path);
          edits.push({ start: node.start, end: node.qualifier.end, text });
        }
        if (node.typeArguments !== null) this.#visit(piece, node.typeArguments, edits);
        return;
      case 'TSAnyKeyword':
        edits.push({ start: node.start, end: node.end, text: 'unknown' });
        return;
      case 'TSThisType':
        throw refusal(
          piece.module,
          node,
          'the object itself is an argument or a result',
          'The object stays on the replicas: return plain data, or nothing.',
        );
      case 'TSTypePredicate':
        if (node.typeAnnotation !== null) this.#visit(piece, node.typeAnnotation, edits);
        return;
      default:
        for (const child of childrenOf(node)) this.#visit(piece, child, edits);
    }
  }

  /** A name, as in `Options` or `shapes.Options`. */
  #reference(piece: Piece, node: Node): Edit {
    const { module } = piece;
    const [root = '', ...rest] = pathOf(piece.module, node);
    const { start, end } = node;
    const given = piece.given.get(root);
    if (given !== undefined) {
      const text = this.render(given);
      return { start, end, text: enclosed(piece.node, module.text, { start, end, text }) };
    }
    if (piece.locals.has(root)) return { start, end, text: [root, ...rest].join('.') };
    const meaning = this.#graph.meaning(piece.module, root);
    return { start, end, text: this.#say(piece.module, node, meaning, rest) };
  }

  #say(from: SourceModule, node: Node, meaning: Meaning, path: readonly string[]): string {
    const [next, ...rest] = path;
    switch (meaning.kind) {
      case 'global':
        this.globals.add(meaning.name);
        return [meaning.name, ...path].join('.');
      case 'package':
        return [this.#import(meaning), ...path].join('.');
      case 'module': {
        const inner = next === undefined ? undefined : this.#graph.exported(meaning.module, next);
        if (inner !== undefined) return this.#say(from, node, inner, rest);
        throw refusal(from, node, `${meaning.module.path} exports no ${next}`, 'Correct the name.');
      }
      case 'declared':
        return this.#sayDeclared(from, node, meaning, path);
    }
  }

  #sayDeclared(from: SourceModule, node: Node, meaning: Declared, path: readonly string[]): string {
    const type = meaning.nodes.find(isType);
    if (type === undefined) {
      const isClass = meaning.nodes.some(({ type: kind }) => kind === 'ClassDeclaration');
      const what = `${meaning.name} is ${isClass ? 'a class' : 'no type that can be copied'}`;
      const remedy = isClass ? INSTANCES : 'Declare it as an interface, a type alias or an enum.';
      throw refusal(from, node, what, remedy);
    }
    const name = this.#declare(meaning, type);
    if (path.length === 0) return name;
    // A member of an enum is a value of the copy.
    if (type.type === 'TSEnumDeclaration') {
      const text = `typeof ${[name, ...path].join('.')}`;
      return enclosed(undefined, from.text, { start: node.start, end: node.end, text });
    }
    throw refusal(from, node, `${meaning.name} is no namespace`, 'Correct the name.');
  }

  /** `typeof` of an enum stays; of a constant it becomes the type that the constant has. */
  #query(piece: Piece, node: TSTypeQuery): Edit {
    const { module } = piece;
    const { start, end } = node;
    if (node.exprName.type === 'TSImportType') {
      throw refusal(module, node, 'a module as a type', 'Import the types by their names.');
    }
    const [root = '', ...path] = pathOf(module, node.exprName);
    const meaning = this.#graph.meaning(module, root);
    if (meaning.kind === 'global' || meaning.kind === 'package') {
      return { start, end, text: `typeof ${this.#say(module, node, meaning, path)}` };
    }
    const value = meaning.kind === 'declared' ? meaning.nodes.find(isValue) : undefined;
    if (meaning.kind !== 'declared' || value === undefined) {
      throw refusal(module, node, `typeof ${root} is no plain data`, 'Write the type out.');
    }
    if (value.type === 'TSEnumDeclaration') {
      const name = this.#declare(meaning, value);
      return { start, end, text: `typeof ${[name, ...path].join('.')}` };
    }
    const steps = path.map((step) => `[${show(step)}]`).join('');
    const text = this.#typeOfConstant(meaning.module, value);
    if (steps !== '') return { start, end, text: `(${text})${steps}` };
    return { start, end, text: enclosed(piece.node, module.text, { start, end, text }) };
  }

  #typeOfConstant(module: SourceModule, node: Node): string {
    if (node.type !== 'VariableDeclarator') {
      throw refusal(module, node, 'the type of a function', 'Functions do not travel.');
    }
    const annotation = node.id.type === 'Identifier' ? node.id.typeAnnotation : undefined;
    if (annotation !== undefined && annotation !== null) {
      const type = annotation.typeAnnotation;
      return this.render({ module, node: type, locals: typeParametersIn(type), given: new Map() });
    }
    const type = node.init === null ? undefined : literalType(node.init);
    if (type === undefined) throw new NeedsCompiler(module, node, 'the type of this constant');
    return type;
  }

  #declare(meaning: Declared, node: Node, wanted = meaning.name): string {
    const known = this.#names.get(node);
    if (known !== undefined) return known;
    const name = this.#free(wanted);
    this.#names.set(node, name);
    this.#queue.push({ name, meaning });
    return name;
  }

  #import({ specifier, imported, local }: Extract<Meaning, { kind: 'package' }>): string {
    const key = `${specifier} ${imported}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = this.#free(local ?? imported);
    this.#names.set(key, name);
    const what = imported === name ? name : `${imported} as ${name}`;
    this.#imports.push(
      `${imported === '*' ? `* as ${name}` : `{ ${what} }`} from ${show(specifier)}`,
    );
    return name;
  }

  /** The name itself where it is free, else with the first number that is. */
  #free(name: string): string {
    let free = name;
    for (let number = 2; this.#taken.has(free); number++) free = `${name}${number}`;
    this.#taken.add(free);
    return free;
  }
}

function isType({ type }: Node): boolean {
  return (
    type === 'TSInterfaceDeclaration' ||
    type === 'TSTypeAliasDeclaration' ||
    type === 'TSEnumDeclaration'
  );
}

function isValue({ type }: Node): boolean {
  return type !== 'TSInterfaceDeclaration' && type !== 'TSTypeAliasDeclaration';
}

function membersOf(
  module: SourceModule,
  node: TSEnumDeclaration,
): ReadonlyMap<string, string | number> {
  const members = enumMembers(node);
  if (members === undefined) throw new NeedsCompiler(module, node, 'the values of this enum');
  return members;
}

/** The parts of a dotted name. */
function pathOf(module: SourceModule, node: Node): readonly string[] {
  if (node.type === 'Identifier') return [node.name];
  if (node.type === 'TSQualifiedName') {
    return [...pathOf(module, node.left), ...pathOf(module, node.right)];
  }
  if (node.type === 'MemberExpression' && !node.computed) {
    return [...pathOf(module, node.object), ...pathOf(module, node.property)];
  }
  throw refusal(module, node, 'a type that is computed', 'Name it by an interface or an alias.');
}

/** A type that takes the place of a name, in brackets where it would else join with what is beside it. */
function enclosed(whole: Node | undefined, source: string, { start, end, text }: Edit): string {
  if (/^[\w.'"]+$/.test(text) || (whole?.start === start && whole.end === end)) return text;
  const before = source.slice(0, start).trimEnd().at(-1) ?? '';
  const after = source.slice(end).trimStart().at(0) ?? '';
  return '<,(:['.includes(before) && '>,);]}='.includes(after) ? text : `(${text})`;
}

/** The text of a node after the edits, which do not overlap. */
function applyEdits(text: string, node: Node, edits: readonly Edit[]): string {
  let result = '';
  let at = node.start;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at, node.end);
}

/** The copy of an enum: an object with its values, and a type of the same name. */
export function enumObject(members: ReadonlyMap<string, string | number>): string {
  const fields = [...members].map(([name, value]) => `  ${showKey(name)}: ${show(value)},\n`);
  return `{\n${fields.join('')}}`;
}
