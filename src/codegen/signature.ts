import type { Function, Node, ParamPattern } from 'oxc-parser';
import { widenedType } from './constants.ts';
import { childrenOf, typeParametersIn } from './piece.ts';
import type { Piece, TypeText } from './piece.ts';
import { NeedsCompiler, refusal } from './refusal.ts';
import type { SourceModule } from './source-module.ts';

export interface Parameter {
  readonly name: string;
  readonly type: TypeText;
  readonly form: 'required' | 'optional' | 'rest';
}

/** One way to call a method. */
export interface Signature {
  readonly typeParameters: readonly Piece[];
  readonly parameters: readonly Parameter[];
  /** What the promise resolves to. */
  readonly result: TypeText;
  readonly doc: string | undefined;
}

/** Where a signature stands. */
export interface Around {
  readonly module: SourceModule;
  /** Type parameters of the class. */
  readonly locals: ReadonlySet<string>;
  readonly given: ReadonlyMap<string, TypeText>;
  /** What a missing type becomes where no compiler can tell it. */
  readonly untyped: 'unknown' | undefined;
}

/** The original's name of the argument by which a replica tells a method about its command. */
const COMMAND_PARAMETER = '_concoord_command';

/** @param result Of a constructor, which has none of its own. */
export function readSignature(
  around: Around,
  value: Function,
  { doc }: { readonly doc: string | undefined },
  result?: TypeText,
): Signature {
  const own = value.typeParameters?.params ?? [];
  const inside: Around = {
    ...around,
    locals: new Set([...around.locals, ...own.map(({ name }) => name.name)]),
  };
  refuseCapture(
    inside,
    value,
    own.map(({ name }) => name.name),
  );
  return {
    typeParameters: own.map((node) => pieceOf(inside, node)),
    parameters: readParameters(inside, value.params),
    result: result ?? resultOf(inside, value),
    doc,
  };
}

/** The signature of an accessor that is declared like a field. */
export function readResult(around: Around, node: Node, type: Node | undefined): Signature {
  const result = type === undefined ? missing(around, node, 'type') : pieceOf(around, type);
  return { typeParameters: [], parameters: [], result, doc: undefined };
}

/** A base class's `T` that stands for a type which its method's own parameter would hide. */
function refuseCapture({ module, given }: Around, node: Node, own: readonly string[]): void {
  for (const type of given.values()) {
    if (typeof type === 'string') continue;
    const hidden = own.find((name) => type.locals.has(name));
    if (hidden === undefined) continue;
    const what = `the type parameter ${hidden} has the name of one of the class that inherits this`;
    throw refusal(module, node, what, 'Give one of the two another name.');
  }
}

function readParameters(around: Around, patterns: readonly ParamPattern[]): readonly Parameter[] {
  const all = patterns
    .map((one) => (one.type === 'TSParameterProperty' ? one.parameter : one))
    .filter((one) => !(one.type === 'Identifier' && one.name === 'this'));
  const last = all.at(-1);
  const named = last?.type === 'AssignmentPattern' ? last.left : last;
  const isCommand = named?.type === 'Identifier' && named.name === COMMAND_PARAMETER;
  const read = (isCommand ? all.slice(0, -1) : all).map((one, index) =>
    readParameter(around, one, index),
  );
  // TypeScript has no parameter that must be given after one that need not.
  const lastRequired = read.findLastIndex(({ form }) => form === 'required');
  return read.map((one, index) =>
    one.form === 'optional' && index < lastRequired
      ? { ...one, form: 'required', type: orUndefined(one.type) }
      : one,
  );
}

function orUndefined(type: TypeText): TypeText {
  return typeof type === 'string' ? `${type} | undefined` : { ...type, orUndefined: true };
}

function readParameter(
  around: Around,
  pattern: Exclude<ParamPattern, { type: 'TSParameterProperty' }>,
  index: number,
): Parameter {
  const isDefault = pattern.type === 'AssignmentPattern';
  const target = isDefault ? pattern.left : pattern;
  const bound = target.type === 'RestElement' ? target.argument : target;
  const name = bound.type === 'Identifier' ? bound.name : `argument${index + 1}`;
  const annotation = target.typeAnnotation?.typeAnnotation;
  const isRest = target.type === 'RestElement';
  const isOptional = isDefault || target.optional === true;
  const form = isRest ? 'rest' : isOptional || isLoose(around) ? 'optional' : 'required';
  if (annotation !== undefined) return { name, form, type: pieceOf(around, annotation) };
  const widened = isDefault ? widenedType(pattern.right) : undefined;
  const type = widened ?? missing(around, pattern, `the type of ${name}`);
  return { name, form, type: isRest && type === 'unknown' ? 'unknown[]' : type };
}

/** Plain JavaScript does not say which of its parameters must be given. */
function isLoose({ untyped }: Around): boolean {
  return untyped !== undefined;
}

function resultOf(around: Around, value: Function): TypeText {
  const type = value.returnType?.typeAnnotation;
  if (type === undefined) {
    const isVoid = value.body !== null && !returnsValue(value.body);
    return isVoid ? 'void' : missing(around, value, 'the type of the result');
  }
  if (type.type === 'TSTypePredicate') return type.asserts ? 'void' : 'boolean';
  return pieceOf(around, type);
}

function missing({ module, untyped }: Around, node: Node, what: string): TypeText {
  if (untyped !== undefined) return untyped;
  throw new NeedsCompiler(module, node, what);
}

/** Whether a body has a `return` with a value, outside of functions in it. */
function returnsValue(node: Node): boolean {
  if (node.type === 'ReturnStatement') return node.argument !== null;
  if (/Function|^Class/.test(node.type)) return false;
  return childrenOf(node).some(returnsValue);
}

function pieceOf({ module, locals, given }: Around, node: Node): Piece {
  return { module, node, given, locals: new Set([...locals, ...typeParametersIn(node)]) };
}
