import { isFunction } from '../loading/index.ts';
import type { Node } from '../loading/index.ts';
import { WORDS } from '../realm/index.ts';
import { printable } from './report.ts';
import type { Report } from './report.ts';
import type { Subject } from './subject.ts';

/** Imports, and pieces of the language that the realm has not. */
export function judgeSyntax(subject: Subject, report: Report): void {
  for (const node of subject.nodes) {
    const specifier = specifierOf(node, subject);
    const why = specifier === undefined ? undefined : subject.source.refused.get(specifier.text);
    if (specifier !== undefined && why !== undefined) {
      report(specifier.node, `${printable(specifier.text)} ${why}`);
    }
    const reason = reasonOf(node, subject);
    if (reason !== undefined) report(node, reason);
  }
}

interface Specifier {
  readonly text: string;
  readonly node: Node;
}

function specifierOf(node: Node, subject: Subject): Specifier | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression': {
      const { source } = node;
      const text = source === null ? undefined : subject.constant(source);
      return source === null || text === undefined ? undefined : { text, node: source };
    }
    case 'CallExpression': {
      const [first] = node.arguments;
      const { callee } = node;
      if (callee.type !== 'Identifier' || callee.name !== 'require' || first === undefined)
        return undefined;
      const text =
        subject.scopes.bindingOf(callee) === undefined ? subject.constant(first) : undefined;
      return text === undefined ? undefined : { text, node: first };
    }
    default:
      return undefined;
  }
}

function reasonOf(node: Node, subject: Subject): string | undefined {
  if (isFunction(node) && node.async) {
    return `async functions end at another time on every replica: ${WORDS.AT_ONCE}`;
  }
  switch (node.type) {
    case 'AwaitExpression':
      return isInFunction(node, subject) ? undefined : waiting('await');
    case 'ForOfStatement':
      return node.await && !isInFunction(node, subject) ? waiting('for await') : undefined;
    case 'ImportExpression':
      return `import() loads code while the object runs: ${WORDS.CODE}`;
    case 'MetaProperty':
      return node.meta.name === 'import'
        ? 'import.meta tells where a file lies, which differs from replica to replica: leave it out'
        : undefined;
    default:
      return undefined;
  }
}

function waiting(what: string): string {
  return `${what} waits for what comes at another time on every replica: ${WORDS.AT_ONCE}`;
}

/** An async function around it is told of already. */
function isInFunction(node: Node, subject: Subject): boolean {
  for (let at = subject.parentOf(node); at !== undefined; at = subject.parentOf(at)) {
    if (isFunction(at)) return true;
  }
  return false;
}
