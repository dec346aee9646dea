import type { Class, Function, MethodDefinition, Node } from 'oxc-parser';
import { ConCoordError, present } from '../base/index.ts';
import { keyName } from './constants.ts';
import type { Meaning, ModuleGraph } from './module-graph.ts';
import type { Piece, TypeText } from './piece.ts';
import { NeedsCompiler, reasonOf, refusal } from './refusal.ts';
import { readResult, readSignature } from './signature.ts';
import type { Around, Signature } from './signature.ts';
import type { SourceModule } from './source-module.ts';

/** Something that can be asked of an object: a method, or an accessor that is read. */
export interface Member {
  readonly name: string;
  readonly kind: 'method' | 'getter';
  readonly doc: string | undefined;
  /** One, or those of the overloads. */
  readonly signatures: readonly Signature[];
}

/** What a class offers to callers. */
export interface Shape {
  readonly name: string;
  readonly doc: string | undefined;
  readonly typeParameters: readonly Piece[];
  readonly members: readonly Member[];
  /** How an object is made: of `__concoordinit__`. */
  readonly init: readonly Signature[];
  /** Names that a proxy does not have, with the reason; for whoever asks. */
  readonly left: readonly string[];
  /** What would be a lie, and is left out. */
  readonly refused: readonly Refused[];
}

/** A member, or the constructor as `__concoordinit__`, that no proxy can have as it is declared. */
export interface Refused {
  readonly name: string;
  readonly error: unknown;
}

/** A class of the chain, with what its own type parameters stand for. */
interface Level extends Around {
  readonly class: Class;
}

type Element = Class['body']['body'][number];

const TEXT_METHOD = 'toString';

export interface Reading {
  /** What a missing type becomes where no compiler can tell it. */
  readonly untyped: 'unknown' | undefined;
  /** No compiler can tell more: who lacks a type is left out. */
  readonly isFinal: boolean;
}

/** @returns Undefined for what is not written as a class. */
export function shapeOf(
  graph: ModuleGraph,
  meaning: Meaning,
  { isFinal, untyped }: Reading,
): Shape | undefined {
  const own = classOf(meaning);
  if (own === undefined || meaning.kind !== 'declared') return undefined;
  const { module } = meaning;
  const typeParameters = own.typeParameters?.params ?? [];
  const locals = new Set(typeParameters.map(({ name }) => name.name));
  const levels = chainOf(graph, { module, class: own, locals, given: new Map(), untyped });
  const members = new Map<string, Member>();
  const left: string[] = [];
  const refused: Refused[] = [];
  const attempt = <T>(name: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      const isMissing = error instanceof NeedsCompiler && isFinal;
      if (!isMissing && reasonOf(error) === undefined) throw error;
      refused.push({ name, error });
      return undefined;
    }
  };
  const seen = new Set<string>();
  for (const level of levels) {
    const found = publicElements(level, left);
    for (const [name, elements] of found) {
      if (seen.has(name)) continue;
      const member = attempt(name, () => readMember(level, name, elements));
      if (member !== undefined) members.set(name, member);
    }
    for (const name of found.keys()) seen.add(name);
  }
  const init = attempt('__concoordinit__', () => readConstructor(levels));
  return {
    name: meaning.name,
    doc: module.docBefore(own),
    typeParameters: typeParameters.map((node) => ({ module, node, locals, given: new Map() })),
    members: [...members.values()],
    init: init ?? [WITHOUT_ARGUMENTS],
    left,
    refused,
  };
}

export const WITHOUT_ARGUMENTS: Signature = {
  typeParameters: [],
  parameters: [],
  result: 'void',
  doc: undefined,
};

function classOf(meaning: Meaning): Class | undefined {
  if (meaning.kind !== 'declared') return undefined;
  for (const node of meaning.nodes) {
    const value = node.type === 'VariableDeclarator' ? node.init : node;
    if (value?.type === 'ClassDeclaration' || value?.type === 'ClassExpression') return value;
  }
  return undefined;
}

/** The class, the one that it extends, and so on. */
function chainOf(graph: ModuleGraph, first: Level): readonly Level[] {
  const levels = [first];
  const seen = new Set([first.class]);
  for (let level = first; ;) {
    const next = baseOf(graph, level);
    if (next === undefined) return levels;
    if (seen.has(next.class)) {
      throw refusal(level.module, level.class, 'a class extends itself', 'Break the circle.');
    }
    seen.add(next.class);
    levels.push(next);
    level = next;
  }
}

function baseOf(graph: ModuleGraph, level: Level): Level | undefined {
  const { module } = level;
  const base = level.class.superClass;
  if (base === null || (base.type === 'Literal' && base.value === null)) return undefined;
  const meaning = tolerant(() => meaningOfBase(graph, module, base));
  const found = meaning === undefined ? undefined : classOf(meaning);
  // Of packages, or made by a function: the loader says which methods come from there.
  if (found === undefined || meaning?.kind !== 'declared') return undefined;
  const args = level.class.superTypeArguments?.params ?? [];
  const given = new Map<string, TypeText>();
  for (const [index, parameter] of (found.typeParameters?.params ?? []).entries()) {
    const arg = args[index];
    const outside: Piece = { ...level, node: arg ?? parameter };
    const inside = parameter.default;
    const fallback: TypeText =
      inside === null
        ? 'unknown'
        : { module: meaning.module, node: inside, locals: new Set(), given: new Map(given) };
    given.set(parameter.name.name, arg === undefined ? fallback : outside);
  }
  const { untyped } = level;
  return { module: meaning.module, class: found, locals: new Set(), given, untyped };
}

/** What the loader can read and this cannot, such as JSX, counts as not to be seen. */
export function tolerant<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConCoordError) return undefined;
    throw error;
  }
}

function meaningOfBase(graph: ModuleGraph, module: SourceModule, base: Node): Meaning | undefined {
  if (base.type === 'Identifier') return graph.meaning(module, base.name);
  if (base.type !== 'MemberExpression' || base.object.type !== 'Identifier') return undefined;
  const whole = graph.meaning(module, base.object.name);
  if (whole.kind !== 'module' || base.property.type !== 'Identifier') return undefined;
  return graph.exported(whole.module, base.property.name);
}

/** What of a class is called from outside, by name; `left` gets the names that nobody can call. */
function publicElements(
  { module, class: { body } }: Level,
  left: string[],
): ReadonlyMap<string, readonly Element[]> {
  const found = new Map<string, Element[]>();
  for (const element of body.body) {
    if (element.type === 'StaticBlock' || element.type === 'TSIndexSignature') continue;
    const name =
      element.computed && element.key.type === 'Identifier' ? undefined : keyName(element.key);
    const why = whyHidden(element) ?? whyNot(element, name);
    if (why !== undefined) {
      left.push(`${module.text.slice(element.key.start, element.key.end)}: ${why}`);
      continue;
    }
    if (name === undefined || isSpecial(name) || isField(element)) continue;
    found.set(name, [...(found.get(name) ?? []), element]);
  }
  return found;
}

function whyHidden(
  element: Exclude<Element, { type: 'StaticBlock' | 'TSIndexSignature' }>,
): string | undefined {
  if (element.static) return 'it is static, and belongs to no object';
  if (element.key.type === 'PrivateIdentifier') return 'it is private';
  const { accessibility } = element;
  return accessibility === 'private' || accessibility === 'protected'
    ? `it is ${accessibility}`
    : undefined;
}

function whyNot(element: Element, name: string | undefined): string | undefined {
  if (name === undefined) return 'its name is computed';
  if (element.type === 'MethodDefinition' && element.kind === 'set')
    return 'a setter has no result to wait for';
  if (element.type !== 'PropertyDefinition') return undefined;
  const isFunction =
    element.value?.type === 'ArrowFunctionExpression' ||
    element.value?.type === 'FunctionExpression';
  return isFunction ? 'a function in a field is state, not a method' : undefined;
}

function isField({ type, ...element }: Element): boolean {
  if (type === 'PropertyDefinition' || type === 'TSAbstractPropertyDefinition') return true;
  return 'kind' in element && element.kind === 'set';
}

/** Names that mean something else, or are kept for ConCoord. */
function isSpecial(name: string): boolean {
  return name === 'constructor' || name === TEXT_METHOD || name.startsWith('__');
}

function readMember(level: Level, name: string, elements: readonly Element[]): Member {
  const first = present(elements[0], 'definition of a member');
  const doc = level.module.docBefore(first);
  if (first.type === 'AccessorProperty' || first.type === 'TSAbstractAccessorProperty') {
    const type = first.typeAnnotation?.typeAnnotation;
    return { name, kind: 'getter', doc, signatures: [readResult(level, first, type)] };
  }
  const methods = elements.filter(isMethod);
  const isGetter = methods.some(({ kind }) => kind === 'get');
  const signatures = overloads(methods).map(({ value, start }) =>
    readSignature(level, value, docAt(level.module, methods, start)),
  );
  return { name, kind: isGetter ? 'getter' : 'method', doc, signatures };
}

function docAt(
  module: SourceModule,
  methods: readonly MethodDefinition[],
  start: number,
): { readonly doc: string | undefined } {
  const method = methods.find((one) => one.start === start);
  return { doc: method === undefined ? undefined : module.docBefore(method) };
}

function isMethod(element: Element): element is MethodDefinition {
  return element.type === 'MethodDefinition' || element.type === 'TSAbstractMethodDefinition';
}

/** The implementation behind overloads is not for callers. */
function overloads(methods: readonly MethodDefinition[]): readonly MethodDefinition[] {
  const heads = methods.filter(({ value }) => value.body === null);
  return heads.length > 0 ? heads : methods.slice(-1);
}

/** Of the class itself, or of the nearest one below that has a constructor. */
function readConstructor(levels: readonly Level[]): readonly Signature[] {
  for (const level of levels) {
    const found = level.class.body.body
      .filter(isMethod)
      .filter(({ kind }) => kind === 'constructor');
    if (found.length === 0) continue;
    return overloads(found).map(({ value, start }) =>
      readSignature(level, constructed(value), docAt(level.module, found, start), 'void'),
    );
  }
  return [WITHOUT_ARGUMENTS];
}

/** Its type parameters are those of the class; a constructor has none of its own. */
function constructed(value: Function): Function {
  return { ...value, typeParameters: null };
}
