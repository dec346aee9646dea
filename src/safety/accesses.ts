import { keyName } from '../loading/index.ts';
import type { Node } from '../loading/index.ts';
import { LOCALE_METHODS, WORDS } from '../realm/index.ts';
import { judgeConstructor } from './constructors.ts';
import { isBuiltIn, PRESENT, THROWING, whyAbsent, whyNoStatic } from './globals.ts';
import { FROZEN } from './names.ts';
import { printable } from './report.ts';
import type { Report } from './report.ts';
import { isWritten, unwrap } from './subject.ts';
import type { Subject } from './subject.ts';

/** `object.key`, `object['key']`, `const { key } = object`. */
export interface Access {
  /** The member expression, or the property of a pattern. */
  readonly node: Node;
  /** Where it is told: the key, since a chain of calls may take many lines. */
  readonly place: Node;
  /** None in a pattern whose value is not written beside it. */
  readonly object: Node | undefined;
  /** None when it cannot be told what is read. */
  readonly key: string | undefined;
}

/** Names of methods that classes and objects of the user give to something of their own. */
export type OwnNames = ReadonlySet<string>;

export function judgeAccesses(subject: Subject, own: OwnNames, report: Report): void {
  for (const node of subject.nodes) {
    const access = accessOf(node, subject);
    if (access !== undefined) judgeAccess(access, subject, own, report);
    if (node.type === 'RestElement') judgeRest(node, subject, report);
  }
}

function accessOf(node: Node, subject: Subject): Access | undefined {
  if (node.type === 'MemberExpression') {
    const { object, property, computed } = node;
    return { node, place: property, object, key: subject.keyOf(property, computed) };
  }
  if (node.type !== 'Property') return undefined;
  const pattern = subject.parentOf(node);
  if (pattern?.type !== 'ObjectPattern') return undefined;
  const key = subject.keyOf(node.key, node.computed);
  return { node, place: node.key, object: takenApart(pattern, subject), key };
}

/** What the value of a pattern is, as far as it is written beside it. */
function takenApart(pattern: Node, subject: Subject): Node | undefined {
  const parent = subject.parentOf(pattern);
  switch (parent?.type) {
    case 'VariableDeclarator':
      return parent.init ?? undefined;
    case 'AssignmentExpression':
    case 'AssignmentPattern':
      return parent.right;
    default:
      return undefined;
  }
}

function judgeAccess(access: Access, subject: Subject, own: OwnNames, report: Report): void {
  const { node, place, object, key } = access;
  const holder = object === undefined ? undefined : subject.pathOf(object);
  const isGlobal = holder?.length === 1 && holder[0] === 'globalThis';
  if (key === undefined) {
    if (isGlobal) report(place, 'it cannot be told which global is meant: name it');
    else if (holder?.length === 1 && /^(?:Object|Reflect)$/.test(holder[0] ?? '')) {
      report(place, `it cannot be told which function of ${holder[0]} is meant: name it`);
    } else if (object !== undefined && mayMakeCode(object, subject)) {
      report(place, 'it cannot be told which property of a function is meant: name it');
    }
  } else if (isGlobal) judgeByGlobal(key, access, subject, report);
  else if (key === 'constructor') judgeConstructor(access, subject, report);
  else if (PROTOTYPES.has(key)) {
    report(place, `${key} leads to what all objects share: use Object.getPrototypeOf, or a class`);
  } else if (LOCALE_METHODS.includes(key) && !own.has(key)) {
    report(place, `there is no ${key} in a replicated object: ${WORDS.LOCALE}`);
  } else if (holder?.length === 1) {
    const why = whyNoStatic(holder[0] ?? '', key);
    if (why !== undefined) report(place, why);
  }
  if (holder !== undefined && isBuiltIn(holder) && isChanged(node, subject)) {
    report(place, `${printable(holder.join('.'))} is changed: ${FROZEN}`);
  }
}

const PROTOTYPES: ReadonlySet<string> = new Set([
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
  '__proto__',
]);

/** Something whose `constructor` makes code of strings. */
function mayMakeCode(object: Node, subject: Subject): boolean {
  const plain = unwrap(object);
  if (plain.type === 'MemberExpression') {
    const key = subject.keyOf(plain.property, plain.computed);
    return key === 'constructor' && !subject.isInstance(plain.object);
  }
  return subject.pathOf(plain)?.join('.') === 'Function' || isFunctionItself(plain);
}

function isFunctionItself({ type }: Node): boolean {
  return type === 'FunctionExpression' || type === 'ArrowFunctionExpression';
}

function judgeByGlobal(key: string, access: Access, subject: Subject, report: Report): void {
  const { node, place } = access;
  const { user } = subject.userOf(node);
  const isAsked = user?.type === 'UnaryExpression' && user.operator === 'typeof';
  if (isAsked && (!THROWING.has(key) || isAnswered(node, subject))) return;
  if (key === 'Function' || key === 'globalThis' || key === 'Reflect') {
    report(place, `${key} is reached through globalThis: name it, so that its use can be judged`);
  } else if (!PRESENT.has(key) && !isChanged(node, subject)) {
    report(place, whyAbsent(key));
  }
}

/** `typeof globalThis.name`, which reads nothing; by a computed name, or behind `?.`, it does. */
function isAnswered(node: Node, subject: Subject): boolean {
  const isPlain = node.type === 'MemberExpression' && !node.computed;
  return isPlain && subject.parentOf(node)?.type === 'UnaryExpression';
}

/** `const { ...all } = globalThis` has everything. */
function judgeRest(node: Node, subject: Subject, report: Report): void {
  const pattern = subject.parentOf(node);
  if (pattern?.type !== 'ObjectPattern') return;
  const object = takenApart(pattern, subject);
  const path = object === undefined ? undefined : subject.pathOf(object);
  if (path?.length === 1 && path[0] === 'globalThis') {
    report(node, 'globalThis is passed on: name the global that is meant');
  }
}

function isChanged(node: Node, subject: Subject): boolean {
  const parent = subject.parentOf(node);
  if (parent?.type !== 'Property') return isWritten(node, parent);
  return parent.value === node && subject.parentOf(parent)?.type === 'ObjectPattern';
}

/** The names that the classes and objects of a file give to their members. */
export function namesGiven(subject: Subject): readonly string[] {
  const names: string[] = [];
  for (const node of subject.nodes) {
    const isMember =
      node.type === 'MethodDefinition' ||
      node.type === 'PropertyDefinition' ||
      (node.type === 'Property' && subject.parentOf(node)?.type === 'ObjectExpression');
    const name = isMember ? keyName(node.key, node.computed) : undefined;
    if (name !== undefined) names.push(name);
  }
  return names;
}
