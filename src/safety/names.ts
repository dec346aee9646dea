import type { Node, Reference } from '../loading/index.ts';
import { WORDS } from '../realm/index.ts';
import { PRESENT, THROWING, WEAK, whyAbsent } from './globals.ts';
import type { Report } from './report.ts';
import type { Subject } from './subject.ts';

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
  if (isAsked && !THROWING.has(name)) return;
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
