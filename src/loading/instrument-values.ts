import { FOREIGN } from '../realm/index.ts';
import { enterKey } from './instrument-keys.ts';
import { escapeName } from './instrument-scopes.ts';
import type { Sheet } from './instrument-scopes.ts';
import { isNumber } from './numbers.ts';
import type { Scopes } from './scopes.ts';
import { isClass, isFunction, keyName, walk } from './syntax.ts';
import type { FunctionNode, Node } from './syntax.ts';

/** Operators that make large values: text grows by `+`, a bigint by the others. */
const LENGTHENING: ReadonlySet<string> = new Set(['+', '+=']);
const WIDENING: ReadonlySet<string> = new Set(['*', '<<', '>>', '*=', '<<=', '>>=']);

/** The method of the meter that charges for what a node makes. */
export function chargeFor(node: Node, parent: Node): 'text' | 'big' | undefined {
  switch (node.type) {
    case 'BinaryExpression':
      return ofOperation(node.operator, node.left, node.right);
    case 'AssignmentExpression':
      return ofOperation(node.operator, undefined, node.right);
    case 'TemplateLiteral':
      // The tag of a tagged one gets the parts; a text is not made.
      if (parent.type === 'TaggedTemplateExpression') return undefined;
      return node.expressions.length === 0 ? undefined : 'text';
    default:
      return undefined;
  }
}

function ofOperation(
  operator: string,
  left: Node | undefined,
  right: Node,
): 'text' | 'big' | undefined {
  if (LENGTHENING.has(operator)) {
    const short = left !== undefined && isShort(left) && isShort(right);
    return short ? undefined : 'text';
  }
  if (!WIDENING.has(operator)) return undefined;
  // A number and a bigint do not mix: where one side is a number, the result is one or there is none.
  const numeric = isNumber(right) || (left !== undefined && isNumber(left));
  return numeric ? undefined : 'big';
}

/** Certainly a number, or text whose length the source bounds. */
function isShort(node: Node): boolean {
  return isNumber(node) || (node.type === 'Literal' && typeof node.value !== 'bigint');
}

/**
 * Edits the operations of one node; answers what follows when its children have been visited.
 *
 * @param weight Of the function around it, whose body has variables of ours when it spreads arguments.
 */
export function enterValue(
  node: Node,
  parent: Node,
  sheet: Sheet,
  weight: number | undefined,
): (() => void) | undefined {
  const { edits } = sheet;
  if (node.type === 'SpreadElement') return enterSpread(node, parent, sheet, weight);
  if (node.type === 'ArrayPattern') return enterPattern(node, sheet);
  if (node.type === 'AssignmentExpression' && takesRest(node)) return enterRest(node, sheet);
  if (node.type === 'Identifier') return enterName(node, parent, sheet);
  if (isGlobalTypeof(node, sheet)) return enterTypeof(node, sheet);
  const inherits = inheritedBy(node, parent);
  if (inherits !== undefined) return enterInherited(inherits, sheet);
  if (resizes(node, sheet)) return enterResize(node, sheet);
  const charge = chargeFor(node, parent);
  if (charge === undefined) return enterKey(node, sheet, resizes(parent, sheet));
  edits.insert(node.start, `$.${charge}(`);
  return () => edits.insert(node.end, ')');
}

/** Whether a function spreads arguments, which then lie on the stack as long as the call lasts. */
export function spreadsArguments(node: FunctionNode): boolean {
  let found = false;
  walk(node, (one) => {
    if (one.type === 'CallExpression' || one.type === 'NewExpression') {
      found ||= one.arguments.some((argument) => argument.type === 'SpreadElement');
    }
    return one === node || !isFunction(one);
  });
  return found;
}

/** Arguments that weigh as much as a small function. */
const ARGUMENTS_PER_WEIGHT_SHIFT = 5;

function enterSpread(
  node: Extract<Node, { type: 'SpreadElement' }>,
  parent: Node,
  { edits, prefix }: Sheet,
  weight: number | undefined,
): () => void {
  const start = node.start + '...'.length;
  if (parent.type === 'ObjectExpression' || parent.type === 'ArrayExpression') {
    edits.insert(start, parent.type === 'ObjectExpression' ? '$.own(' : '$.items(');
    return () => edits.insert(node.end, ')');
  }
  if (weight === undefined) {
    edits.insert(start, '$.spread(');
    return () => edits.insert(node.end, ')');
  }
  // The function weighs as much as with the longest list that it has passed on, until it ends.
  const list = `${prefix}list`;
  const inside = `${prefix}in`;
  const weighs = `(${list}.length >> ${ARGUMENTS_PER_WEIGHT_SHIFT}) + ${weight}`;
  edits.insert(start, `(${list} = $.spread(`);
  const more = `$.depth += ${weighs} - ${inside}, ${inside} = ${weighs}`;
  return () => edits.insert(node.end, `), ${weighs} > ${inside} && (${more}), ${list})`);
}

type Assignment = Extract<Node, { type: 'AssignmentExpression' }>;

/**
 * A rest element runs an iterator to its end, without a turn that could be counted: the pattern gets an array
 * in its place, from an accessor that every value has. Where it stands and what is evaluated when stay so.
 */
export function enterPattern(node: Pattern, { edits }: Sheet): (() => void) | undefined {
  if (node.elements.at(-1)?.type !== 'RestElement') return undefined;
  edits.insert(node.start, '{ [$.rest]: ');
  return () => edits.insert(node.end, ' }');
}

type Pattern = Extract<Node, { type: 'ArrayPattern' }>;

function takesRest({ left }: Assignment): boolean {
  // Becomes a pattern in braces, which would begin a block.
  if (left.type === 'ArrayPattern') return left.elements.at(-1)?.type === 'RestElement';
  return left.type === 'ObjectPattern' && left.properties.at(-1)?.type === 'RestElement';
}

/** What is taken apart goes through the meter, and is the value of the expression all the same. */
function enterRest(node: Assignment, { edits, prefix, text }: Sheet): (() => void) | undefined {
  if (node.left.type === 'ArrayPattern') {
    edits.insert(node.start, '(');
    return () => edits.insert(node.end, ')');
  }
  let yields = false;
  walk(node.left, (one) => {
    yields ||= one.type === 'YieldExpression';
    return !isFunction(one);
  });
  if (yields) return undefined;
  const value = `${prefix}v`;
  const equals = text.indexOf('=', node.left.end);
  edits.insert(node.start, `((${value}) => (`);
  return () => {
    edits.replace(equals, equals + 1, `= $.own(${value}), ${value}))(`);
    edits.insert(node.end, ')');
  };
}

/** `typeof X` or `typeof globalThis.X`, where X may be one of those whose mere reading throws. */
type Typeof = Extract<Node, { type: 'UnaryExpression' }>;

function isGlobalTypeof(node: Node, sheet: Sheet): node is Typeof {
  return node.type === 'UnaryExpression' && globalName(node, sheet) !== undefined;
}

function globalName({ operator, argument }: Typeof, { scopes }: Sheet): string | undefined {
  const isGlobal = (one: Node): one is Extract<Node, { type: 'Identifier' }> =>
    one.type === 'Identifier' && scopes.bindingOf(one) === undefined;
  if (operator !== 'typeof') return undefined;
  if (isGlobal(argument)) return argument.name;
  if (argument.type !== 'MemberExpression' || argument.computed) return undefined;
  const { object, property } = argument;
  const ofGlobal = isGlobal(object) && object.name === 'globalThis';
  return ofGlobal && property.type === 'Identifier' ? property.name : undefined;
}

/** Libraries ask so whether something is there, and must be told that it is not. */
function enterTypeof(node: Typeof, sheet: Sheet): (() => void) | undefined {
  const name = globalName(node, sheet);
  if (name === undefined) return undefined;
  sheet.edits.insert(node.start, `($.absent("${escapeName(name)}") ? "undefined" : `);
  return () => sheet.edits.insert(node.end, ')');
}

const LACKING: ReadonlySet<string> = new Set(FOREIGN.map(([name]) => name));

/** A global that only other worlds have: an error names what to do instead. */
function enterName(node: Named, parent: Node, { edits, lacking, scopes }: Sheet): undefined {
  if (!lacking.has(node)) return;
  if (parent.type === 'UnaryExpression' && parent.operator === 'typeof') return;
  const short = scopes.shorthands.has(node) ? `${node.name}: ` : '';
  edits.replace(node.start, node.end, `${short}($.lacking("${node.name}"))`);
}

type Named = Extract<Node, { type: 'Identifier' }>;

/** What a module reads of `FOREIGN` and does not declare. */
export function findLacking({ references }: Scopes): ReadonlySet<Node> {
  const found = references.filter(({ node, access, binding }) => {
    return binding === undefined && access === 'read' && LACKING.has(node.name);
  });
  return new Set(found.map(({ node }) => node));
}

interface Inherited {
  readonly value: Node;
  readonly by: 'inherit' | 'parent';
}

/** What objects will inherit from: `class … extends C`, `{ __proto__: o }`, `f.prototype = o`. */
function inheritedBy(node: Node, parent: Node): Inherited | undefined {
  if (isClass(node)) {
    return node.superClass === null ? undefined : { value: node.superClass, by: 'parent' };
  }
  if (node.type === 'Property') {
    if (parent.type !== 'ObjectExpression') return undefined;
    const sets = !node.computed && !node.shorthand && !node.method && node.kind === 'init';
    const named = sets && keyName(node.key, false) === '__proto__';
    return named ? { value: node.value, by: 'inherit' } : undefined;
  }
  return assigns(node, 'prototype') ? { value: node.right, by: 'inherit' } : undefined;
}

function assigns(node: Node, name: string): node is Assignment {
  if (node.type !== 'AssignmentExpression' || node.operator !== '=') return false;
  const { left } = node;
  return left.type === 'MemberExpression' && keyName(left.property, left.computed) === name;
}

function enterInherited({ value, by }: Inherited, { edits }: Sheet): () => void {
  edits.insert(value.start, `$.${by}((`);
  return () => edits.insert(value.end, '))');
}

/** `list.length = n`, which makes room for so many elements. */
function resizes(node: Node, { text }: Sheet): node is Assignment {
  if (!assigns(node, 'length')) return false;
  const { left } = node;
  if (left.type !== 'MemberExpression' || left.object.type === 'Super') return false;
  // Brackets around the target belong to no node.
  return text.slice(left.end, text.indexOf('=', left.end)).trim() === '';
}

function enterResize(node: Assignment, { edits, text }: Sheet): (() => void) | undefined {
  const { left } = node;
  if (left.type !== 'MemberExpression') return undefined;
  edits.insert(node.start, '$.resize(');
  return () => {
    const from = text.lastIndexOf(left.computed ? '[' : '.', left.property.start);
    edits.replace(from, text.indexOf('=', left.end) + 1, ',');
    edits.insert(node.end, ')');
  };
}
