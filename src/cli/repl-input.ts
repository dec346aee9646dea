import { Script } from 'node:vm';
import { parseSync } from 'oxc-parser';
import { present } from '../base/index.ts';

/** What was typed, as it can be run. */
export type Input =
  /** A script whose value is a promise of `{ value }`, or of nothing. */
  | { readonly kind: 'ready'; readonly script: string; readonly isName: boolean }
  /** More lines must follow. */
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'wrong'; readonly why: string };

/** A node of the syntax tree; which of the fields it has depends on its type. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly expression?: Node | boolean;
  readonly id?: Node | null;
  readonly init?: Node | null;
  readonly kind?: string;
  readonly declarations?: readonly Node[];
  readonly callee?: Node;
  readonly object?: Node;
}

/** Something to be put in, in place of `removed` characters. */
interface Edit {
  readonly at: number;
  readonly text: string;
  readonly removed: number;
}

/** What may have to be waited for. */
const WAITED_FOR: ReadonlySet<string> = new Set([
  'CallExpression',
  'ChainExpression',
  'ImportExpression',
]);

/** Here a call belongs to somebody else, who may not be able to wait. */
const OWN_SCOPE: ReadonlySet<string> = new Set([
  'ArrowFunctionExpression',
  'ClassDeclaration',
  'ClassExpression',
  'FunctionDeclaration',
  'FunctionExpression',
]);

/**
 * Lets an input wait for every call that it makes itself, so that `x = c.getvalue() + 1` means what it says,
 * and lets what it declares outlive it.
 */
export function readInput(text: string): Input {
  const imported = namesImported(text);
  if (imported !== undefined) return takeNames(imported);
  // With a brace that is still open, more lines follow.
  if (IMPORT.test(text) && !/\{[^}]*$/.test(text)) {
    return { kind: 'wrong', why: NO_IMPORT };
  }
  // Braces at the start are an object, if they can be one.
  const inBraces = /^\s*\{/.test(text) ? parse(`(${text})`) : undefined;
  const code = inBraces?.kind === 'parsed' ? `(${text})` : text;
  const parsed = inBraces?.kind === 'parsed' ? inBraces : parse(code);
  if (parsed.kind !== 'parsed') return parsed;
  const { statements } = parsed;
  const edits = new Edits(code);
  for (const statement of statements) {
    const last = statement === statements.at(-1);
    if (last && isNode(statement.expression)) {
      edits.around(statement.expression, 'return { value: (', ') }');
    }
    declare(statement, edits);
    visit(statement, statement.start, edits);
  }
  const [first, second] = statements;
  const only = second === undefined ? first?.expression : undefined;
  const isName = isNode(only) && only.type === 'Identifier';
  return { kind: 'ready', script: `(async () => {${edits.applied()}\n})()`, isName };
}

/** A line that imports, in either language; not the expressions `import(…)` and `import.meta`. */
const IMPORT = /^\s*(?:import\b(?!\s*[(.])|from\s+[\w.]+\s+import\b)/;
const NO_IMPORT =
  'only classes that are here are imported, by their names, as in ' +
  "import { Counter } from 'concoord/proxy/counter'; for a module write (await import('node:fs'))";

/**
 * The names of a line that imports: as in the original's transcripts (`from concoord.proxy.counter import
 * Counter`), or as in a module.
 */
function namesImported(text: string): readonly string[] | undefined {
  const names =
    /^\s*from\s+[\w.]+\s+import\s+([\w$]+(?:\s*,\s*[\w$]+)*)\s*;?\s*$/.exec(text)?.[1] ??
    /^\s*import\s*\{\s*([\w$]+(?:\s*,\s*[\w$]+)*)\s*,?\s*\}\s*from\s*(['"])[^'"]*\2\s*;?\s*$/.exec(
      text,
    )?.[1];
  return names?.split(',').map((name) => name.trim());
}

/** Classes are there already, by their names: those of ours, and that of the instance that was named. */
function takeNames(names: readonly string[]): Input {
  const checks = names.map((name) => {
    const words =
      `no class ${name} is here, only those of the library and of the instance that was named: ` +
      'begin with concoord repl ADDR:PORT of one that runs it';
    const isMissing = `typeof globalThis[${JSON.stringify(name)}] !== 'function'`;
    return `if (${isMissing}) throw new Error(${JSON.stringify(words)});`;
  });
  return { kind: 'ready', script: `(async () => {${checks.join(' ')}\n})()`, isName: false };
}

function parse(
  code: string,
): Exclude<Input, { kind: 'ready' }> | { kind: 'parsed'; statements: readonly Node[] } {
  const { program, errors } = parseSync('input.js', code, { lang: 'js', sourceType: 'module' });
  const [error] = errors;
  if (error === undefined) return { kind: 'parsed', statements: program.body };
  const end = code.trimEnd().length;
  const places = error.labels.map(({ start }) => start);
  const open =
    places.some((start) => start >= end || code[start] === '`') ||
    error.message === 'Unterminated multiline comment';
  return open ? { kind: 'unfinished' } : { kind: 'wrong', why: engineSays(code) ?? error.message };
}

/** The words of the engine are those that people know. */
function engineSays(code: string): string | undefined {
  try {
    void new Script(code);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What a later input can still name is a property of the global object. */
function declare(statement: Node, edits: Edits): void {
  const { type, id, kind = '', declarations } = statement;
  if (type === 'ClassDeclaration' || type === 'FunctionDeclaration') {
    const name = edits.textOf(present(id ?? undefined, 'name of a declaration'));
    edits.around(statement, `${name} = `, ';');
  } else if (declarations !== undefined && /^(?:const|let|var)$/.test(kind)) {
    edits.replace(statement.start, kind.length, 'void (');
    // What ends at the same place is written the other way round.
    const end = declarations.at(-1);
    if (end !== undefined) edits.after(end, ')');
    for (const declarator of declarations) {
      const names = present(declarator.id ?? undefined, 'what is declared');
      // A pattern always has something to take its values from.
      if (declarator.init === null) edits.after(names, ' = undefined');
    }
  }
}

/** @param lineStart Where a parenthesis would call what the line before ends with. */
function visit(node: Node, lineStart: number, edits: Edits): void {
  if (OWN_SCOPE.has(node.type)) return;
  if (WAITED_FOR.has(node.type)) {
    const first = node.start === lineStart && !edits.has(lineStart);
    edits.around(node, first ? '0,(await ' : '(await ', ')');
  }
  for (const child of node.type === 'ChainExpression' ? beside(node) : childrenOf(node)) {
    visit(child, child.type.endsWith('Statement') ? child.start : lineStart, edits);
  }
}

/**
 * What hangs on a chain without being a link of it. Its links are not waited for one by one: `a?.b().c()` has
 * no `b()` where there is no `a`.
 */
function beside(link: Node): readonly Node[] {
  const before = [link.callee, link.object, link.expression].find(isNode);
  const others = childrenOf(link).filter((child) => child !== before);
  return before === undefined ? others : [...beside(before), ...others];
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Changes of a text, by places of what it was. An outer node is edited before those inside. */
class Edits {
  readonly #code: string;
  readonly #before: Edit[] = [];
  readonly #after: Edit[] = [];

  constructor(code: string) {
    this.#code = code;
  }

  textOf({ start, end }: Node): string {
    return this.#code.slice(start, end);
  }

  has(at: number): boolean {
    return this.#before.some((edit) => edit.at === at);
  }

  around({ start, end }: Node, before: string, after: string): void {
    this.#before.push({ at: start, text: before, removed: 0 });
    this.#after.unshift({ at: end, text: after, removed: 0 });
  }

  after({ end }: Node, text: string): void {
    this.#after.unshift({ at: end, text, removed: 0 });
  }

  replace(at: number, removed: number, text: string): void {
    this.#before.push({ at, text, removed });
  }

  applied(): string {
    let result = '';
    let done = 0;
    for (const { at, text, removed } of [...this.#after, ...this.#before].sort(
      (a, b) => a.at - b.at,
    )) {
      result += this.#code.slice(done, at) + text;
      done = at + removed;
    }
    return result + this.#code.slice(done);
  }
}
