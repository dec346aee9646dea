import type { Node, Reference } from '../loading/index.ts';
import { WORDS } from '../realm/index.ts';
import { PRESENT, THROWING, WEAK, whyAbsent } from './globals.ts';
import type { Report } from './report.ts';
import type { Subject } from './subject.ts';

type Named = Extract<Node, { type: 'Identifier' }>;

/**
 * Names that the file does not declare. To mention what must not be there is the violation: whatever is done
 * with it afterwards (another name, an argument, a pattern), it had to be mentioned first.
 */
export function judgeNames(subject: Subject, report: Report): void {
  for (const reference of subject.scopes.references) {
    if (reference.binding === undefined) judgeGlobal(reference, subject, report);
  }
}

const COMMON_JS: ReadonlySet<string> = new Set(['module', 'exports']);

function judgeGlobal({ node, access }: Reference, subject: Subject, report: Report): void {
  const { name } = node;
  const parent = subject.parentOf(node);
  // `export { x } from './y.ts'` names what another module has.
  if (parent?.type === 'ExportSpecifier') return;
  if (name === 'arguments') return;
  if (subject.source.isCommonJs && COMMON_JS.has(name)) return;
  if (name === 'require' && isPlainRequire(node, subject)) return;
  const isAsked = parent?.type === 'UnaryExpression' && parent.operator === 'typeof';
  // Of what is absent `typeof` says 'undefined', and reads nothing.
  if (isAsked || (!THROWING.has(name) && isGuarded(node, subject))) return;
  if (WEAK.has(name)) {
    report(node, `a ${name} cannot be captured with the state: ${WORDS.COLLECTED}`);
  } else if (!PRESENT.has(name)) report(node, whyAbsent(name));
  else if (access !== 'read') report(node, `${name} is assigned: ${FROZEN}`);
  else if (name === 'globalThis') judgeGlobalThis(node, subject, report);
  else if (name === 'Function') judgeFunction(node, subject, report);
  else if (name === 'Reflect' && parent?.type !== 'MemberExpression') {
    report(
      node,
      'Reflect is passed on: write the call itself, so that it can be seen what it reaches',
    );
  }
}

export const FROZEN =
  'what the language brings along is frozen, so keep it in the object or in the module';

/**
 * Behind a question that has been answered: of what the realm does not have, `typeof` says 'undefined', so
 * that `typeof process === 'object' && process.env` goes no further.
 */
function isGuarded(name: Named, subject: Subject): boolean {
  if (PRESENT.has(name.name)) return false;
  let inner: Node = name;
  for (let at = subject.parentOf(name); at !== undefined; at = subject.parentOf(at)) {
    if (at.type === 'LogicalExpression' && at.operator === '&&' && at.right === inner) {
      if (asksFor(at.left, name.name)) return true;
    } else if (at.type === 'ConditionalExpression' || at.type === 'IfStatement') {
      if (at.consequent === inner && asksFor(at.test, name.name)) return true;
    }
    inner = at;
  }
  return false;
}

/** Whether something can only hold where there is such a global. */
function asksFor(test: Node, name: string): boolean {
  if (test.type === 'LogicalExpression' && test.operator === '&&') {
    return asksFor(test.left, name) || asksFor(test.right, name);
  }
  if (test.type !== 'BinaryExpression') return false;
  const { left, operator, right } = test;
  const [asked, answer] = left.type === 'Literal' ? [right, left] : [left, right];
  if (asked.type !== 'UnaryExpression' || asked.operator !== 'typeof') return false;
  if (asked.argument.type !== 'Identifier' || asked.argument.name !== name) return false;
  if (answer.type !== 'Literal' || typeof answer.value !== 'string') return false;
  const isSame = operator === '===' || operator === '==';
  const isOther = operator === '!==' || operator === '!=';
  return answer.value === 'undefined' ? isOther : isSame;
}

/** Followed like an import, or judged as one. */
function isPlainRequire(node: Node, subject: Subject): boolean {
  const { user } = subject.userOf(node);
  if (user?.type !== 'CallExpression' || user.callee !== node) return false;
  const [first, ...others] = user.arguments;
  return others.length === 0 && first?.type === 'Literal' && typeof first.value === 'string';
}

/** A global may be named through it; then it is that name that counts (see `judgeAccess`). */
function judgeGlobalThis(node: Node, subject: Subject, report: Report): void {
  const { user } = subject.userOf(node);
  if (user?.type === 'MemberExpression' && user.object === node) return;
  if (user?.type === 'VariableDeclarator' && user.id.type === 'ObjectPattern') return;
  if (user?.type === 'AssignmentExpression' && user.left.type === 'ObjectPattern') return;
  report(node, 'globalThis is passed on: name the global that is meant');
}

/** What `instanceof` and comparisons do is harmless, and so are the methods of functions. */
function judgeFunction(node: Node, subject: Subject, report: Report): void {
  const { user } = subject.userOf(node);
  if (user?.type === 'BinaryExpression') return;
  if (user?.type === 'MemberExpression' && user.object === node) {
    const key = subject.keyOf(user.property, user.computed);
    // Others are judged as what they are.
    if (key === 'prototype' || key === 'name' || key === 'constructor') return;
  }
  report(node, `there is no Function in a replicated object: ${WORDS.CODE}`);
}
