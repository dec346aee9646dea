import type { Node } from '../loading/index.ts';
import { WORDS } from '../realm/index.ts';
import { isBuiltIn } from './globals.ts';
import { FROZEN } from './names.ts';
import { printable } from './report.ts';
import type { Report } from './report.ts';
import type { Subject } from './subject.ts';

/** Calls that do by another name what the language has a syntax for. */
export function judgeCalls(subject: Subject, report: Report): void {
  for (const node of subject.nodes) {
    if (node.type !== 'CallExpression') continue;
    const path = subject.pathOf(node.callee)?.join('.');
    if (path === undefined) continue;
    const [target, key] = node.arguments;
    if (target !== undefined && CHANGING.has(path)) judgeTarget(target, subject, report);
    if (key !== undefined && READING.has(path)) judgeKey(path, key, subject, report);
    if (target !== undefined && /^(?:Object|Reflect)\.getPrototypeOf$/.test(path)) {
      if (!subject.isFunctionLike(target) || isClass(target, subject)) continue;
      report(target, `the prototype of a function leads to what makes code: ${WORDS.CODE}`);
    }
  }
}

/** Of a class it is its parent, which is often asked for. */
function isClass(node: Node, subject: Subject): boolean {
  if (/^[A-Z]/.test(subject.pathOf(node)?.at(-1) ?? '')) return true;
  const declarations = subject.scopes.bindingOf(node)?.declarations ?? [];
  return declarations.some(({ kind }) => kind === 'class' || kind === 'self');
}

const CHANGING: ReadonlySet<string> = new Set([
  'Object.assign',
  'Object.defineProperties',
  'Object.defineProperty',
  'Object.setPrototypeOf',
  'Reflect.defineProperty',
  'Reflect.deleteProperty',
  'Reflect.set',
  'Reflect.setPrototypeOf',
]);

const READING: ReadonlySet<string> = new Set([
  'Object.getOwnPropertyDescriptor',
  'Reflect.get',
  'Reflect.getOwnPropertyDescriptor',
  'Reflect.set',
]);

function judgeTarget(target: Node, subject: Subject, report: Report): void {
  const path = subject.pathOf(target);
  if (path === undefined || !isBuiltIn(path)) return;
  report(target, `${printable(path.join('.'))} is changed: ${FROZEN}`);
}

function judgeKey(path: string, key: Node, subject: Subject, report: Report): void {
  const name = subject.constant(key);
  if (name === 'constructor' || name === '__proto__') {
    report(key, `${path} of ${name} leads to what makes code: ${WORDS.CODE}`);
  } else if (name === undefined && (path === 'Reflect.get' || path === 'Reflect.set')) {
    report(key, `${path} of something computed: write object[key], or name the property`);
  }
}
