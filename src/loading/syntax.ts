import { parseSync, visitorKeys } from 'oxc-parser';
import type {
  ArrowFunctionExpression,
  Class,
  Function,
  Node,
  ParseResult,
  Program,
} from 'oxc-parser';
import { ConCoordError } from '../base/index.ts';

/** Reading JavaScript and TypeScript: one place that knows the parser. */

export type FunctionNode = Function | ArrowFunctionExpression;
export type ClassNode = Class;
export type { Node, Program };

/** Of brackets; of all else `DepthGuard` says what is too deep. */
export const MAX_NESTING = 1000;

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

type Language = 'js' | 'ts' | 'tsx';
type SourceType = 'module' | 'commonjs';

/** The tree of a module. @throws ConCoordError for what cannot be read, with its place. */
export function parse(
  text: string,
  file: string,
  language: Language = 'js',
  sourceType: SourceType = 'module',
): Program {
  return read(text, file, language, sourceType).program;
}

/** The places of its comments, in order. */
export function commentsIn(
  text: string,
  file: string,
): readonly { readonly start: number; readonly end: number }[] {
  return read(text, file, 'js', 'module').comments;
}

function read(text: string, file: string, lang: Language, sourceType: SourceType): ParseResult {
  checkNesting(text, file);
  const options = { lang, sourceType, preserveParens: false };
  const result = parseSync(file, text, options);
  const [error] = result.errors;
  if (error === undefined) return result;
  const place = positionAt(text, error.labels[0]?.start ?? 0);
  throw new ConCoordError(
    'INVALID_CLASS',
    `${file}:${place.line}:${place.column}: ${error.message}`,
    { remedy: 'Correct the syntax there.' },
  );
}

/**
 * Refuses brackets that nest deeper than anybody writes: the parser would bear more, but the bundler indents
 * every level. Brackets in texts count as well; whoever writes a thousand of them should close them.
 */
export function checkNesting(text: string, file: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text[at];
    if (unit === '(' || unit === '[' || unit === '{') depth += 1;
    else if (unit === ')' || unit === ']' || unit === '}') depth -= 1;
    if (depth > MAX_NESTING) throw tooDeep(file);
  }
}

export function tooDeep(file: string): ConCoordError {
  return new ConCoordError('TOO_LARGE', `${file}: brackets or operators are nested too deeply`, {
    remedy: `Keep code within ${MAX_NESTING} levels; read large tables as text instead.`,
  });
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

/** The children of a node in the order of evaluation, which nearly everywhere is that of the text. */
export function childrenOf(node: Node): readonly Node[] {
  const children: Node[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    const child = (node as unknown as Record<string, Node | readonly (Node | null)[] | null>)[key];
    if (Array.isArray(child)) {
      for (const one of child as readonly (Node | null)[]) if (one !== null) children.push(one);
    } else if (child !== null && child !== undefined) children.push(child as Node);
  }
  return children;
}

/** Visits a node and everything in it, parents first; children of what answers false are left out. */
export function walk(node: Node, visit: (node: Node) => boolean | undefined): void {
  if (visit(node) === false) return;
  for (const child of childrenOf(node)) walk(child, visit);
}

export function isFunction(node: Node): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

export function isClass(node: Node): node is ClassNode {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}

/** The name of a property or method when it stands in the text; undefined for one that is computed. */
export function keyName(key: Node, computed: boolean): string | undefined {
  if (!computed && (key.type === 'Identifier' || key.type === 'PrivateIdentifier')) return key.name;
  if (key.type !== 'Literal') return undefined;
  return typeof key.value === 'string' || typeof key.value === 'number'
    ? String(key.value)
    : undefined;
}

/**
 * Why the engine will not read an expression literal, in its words; undefined for any other node. Parsers
 * pass over what is inside, and the engine refuses the whole module for it, without a place.
 */
export function regexpMistake(node: Node): string | undefined {
  if (node.type !== 'Literal' || !('regex' in node)) return undefined;
  const { flags, pattern } = node.regex;
  try {
    void new RegExp(pattern, flags);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

type Named = Extract<Node, { type: 'Identifier' }>;

/** The identifiers that a pattern of a declaration declares. */
export function namesIn(pattern: Node): readonly Named[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern];
    case 'AssignmentPattern':
      return namesIn(pattern.left);
    case 'RestElement':
      return namesIn(pattern.argument);
    case 'Property':
      return namesIn(pattern.value);
    case 'ArrayPattern':
    case 'ObjectPattern':
      return childrenOf(pattern).flatMap((child) => namesIn(child));
    default:
      return [];
  }
}
