/**
 * Reads TypeScript as far as the layout rules need it: where comments, strings and functions begin and end,
 * and what a file imports. Text, not a syntax tree: our compiler has no stable API for one, and these rules
 * must run in the first second of a test run.
 */
import { dirname, join } from 'node:path/posix';

export interface Source {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** The text with comments blanked; every character keeps its place. */
  readonly withStrings: string;
  /** The text with comments, strings and regular expressions blanked. */
  readonly code: string;
}

export interface Import {
  /** As written, for example `../base/index.ts` or `node:fs`. */
  readonly specifier: string;
  /** The file it names, relative to the root of the repository; undefined for packages. */
  readonly target: string | undefined;
  readonly line: number;
}

export function readSource(path: string, text: string): Source {
  return { path, text, ...blank(text) };
}

export function lineAt(source: Source, offset: number): number {
  return source.text.slice(0, offset).split('\n').length;
}

const IMPORT = new RegExp(
  [
    String.raw`\b(?:import|export)\b[^'";]*?\bfrom\s*'(?<from>[^']+)'`,
    String.raw`\bimport\s*\(?\s*'(?<call>[^']+)'`,
    // A worker's file is named by its address.
    String.raw`\bnew URL\(\s*'(?<url>\.[^']*\.[jt]s)',\s*import\.meta\.url`,
  ].join('|'),
  'g',
);

export function importsOf(source: Source): readonly Import[] {
  const imports: Import[] = [];
  for (const match of source.withStrings.matchAll(IMPORT)) {
    // Inside a string: code that is generated.
    if (source.code[match.index] === ' ') continue;
    const groups = match.groups ?? {};
    const specifier = groups['from'] ?? groups['call'] ?? groups['url'] ?? '';
    imports.push({
      specifier,
      target: specifier.startsWith('.') ? join(dirname(source.path), specifier) : undefined,
      line: lineAt(source, match.index),
    });
  }
  return imports;
}

export interface Span {
  readonly line: number;
  readonly lines: number;
}

const NOT_A_FUNCTION = /\b(?:if|for|for await|while|switch|catch|with)\s*$/;

/** Every function with a body in braces, from the line of its parameters to that of its last brace. */
export function functionsOf(source: Source): readonly Span[] {
  const { code } = source;
  const closers = matchBrackets(code);
  const spans: Span[] = [];
  for (const [open, close] of closers) {
    if (code[open] !== '(' || NOT_A_FUNCTION.test(code.slice(Math.max(0, open - 20), open)))
      continue;
    const body = bodyAfter(code, close + 1, closers);
    if (body === undefined) continue;
    const line = lineAt(source, open);
    spans.push({ line, lines: lineAt(source, body.end) - line + 1 });
  }
  return spans;
}

/** The braces that follow a parameter list: at once, after `=>`, or after a result type. */
function bodyAfter(
  code: string,
  afterParameters: number,
  closers: ReadonlyMap<number, number>,
): { readonly end: number } | undefined {
  let at = skipSpace(code, afterParameters);
  if (!/^(?:[{:]|=>)/.test(code.slice(at, at + 2))) return undefined;
  let expectsType = code[at] === ':';
  if (expectsType) at++;
  let arrow = false;
  for (; at < code.length; at++) {
    at = skipSpace(code, at);
    const character = code[at] ?? '';
    if (character === '{' && !expectsType) {
      const end = closers.get(at);
      return end === undefined ? undefined : { end };
    }
    if (code.startsWith('=>', at)) {
      at++;
      arrow = true;
      // An arrow's body, or the result of a function type: a brace there is at worst a short literal.
      expectsType = false;
    } else if ('{(['.includes(character) && character !== '') {
      at = closers.get(at) ?? code.length;
      expectsType = false;
    } else if (arrow && character === ',') {
      // The arrow's body was an expression.
      return undefined;
    } else if (/[|&:<,?]/.test(character)) {
      expectsType = true;
    } else if (/[\w$.>'"]/.test(character)) {
      const word = /^[\w$.]+/.exec(code.slice(at, at + 80))?.[0] ?? character;
      at += word.length - 1;
      expectsType = ['is', 'asserts', 'keyof', 'readonly', 'typeof', 'extends'].includes(word);
    } else {
      return undefined;
    }
  }
  return undefined;
}

function skipSpace(code: string, from: number): number {
  let at = from;
  while (at < code.length && /\s/.test(code[at] ?? '')) at++;
  return at;
}

/** Every opening bracket's offset with its closing one's, in order of the opening ones. */
function matchBrackets(code: string): ReadonlyMap<number, number> {
  const closers = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < code.length; at++) {
    const character = code[at] ?? '';
    if ('([{'.includes(character)) {
      open.push(at);
      closers.set(at, code.length);
    } else if (')]}'.includes(character)) {
      const start = open.pop();
      if (start !== undefined) closers.set(start, at);
    }
  }
  return closers;
}

// After one of these a slash begins a regular expression; after anything else it divides.
const BEFORE_REGEXP =
  /(?:^|[([{,;=:!&|?+\-*%~^<>}]|\b(?:return|typeof|case|in|of|do|else|void|await|yield))\s*$/;
const TOKEN = /\/\/.*|\/\*[^]*?\*\/|'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"|[`{}/]/g;
const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/** Replaces what is not code by spaces, so that offsets and lines stay what they were. */
function blank(text: string): { readonly withStrings: string; readonly code: string } {
  let withStrings = '';
  let code = '';
  let at = 0;
  const copy = (until: number): void => {
    withStrings += text.slice(at, until);
    code += text.slice(at, until);
    at = until;
  };
  const drop = (until: number, what: 'comment' | 'literal'): void => {
    const piece = text.slice(at, until);
    withStrings += what === 'comment' ? spaces(piece) : piece;
    code += spaces(piece);
    at = until;
  };
  // One entry per open template: how many braces are open inside its present `${`.
  const templates: number[] = [];
  for (let token = find(TOKEN, text, 0); token !== undefined; token = find(TOKEN, text, at)) {
    copy(token.index);
    const depth = templates.at(-1);
    const [found] = token;
    if (found === '`' || (found === '}' && depth === 0)) {
      if (found === '}') templates.pop();
      const end = templateEnd(text, at + 1);
      drop(end, 'literal');
      if (text.startsWith('${', end - 2)) templates.push(0);
    } else if (found === '{' || found === '}') {
      if (depth !== undefined) templates.push((templates.pop() ?? 0) + (found === '{' ? 1 : -1));
      copy(at + 1);
    } else if (found === '/') {
      const regexp = BEFORE_REGEXP.test(code.slice(-40)) ? find(REGEXP, text, at) : undefined;
      if (regexp === undefined) copy(at + 1);
      else drop(at + regexp[0].length, 'literal');
    } else {
      drop(at + found.length, found.startsWith('/') ? 'comment' : 'literal');
    }
  }
  copy(text.length);
  return { withStrings, code };
}

/** Just behind the `${` or the backquote that ends this stretch of a template. */
function templateEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '`') return at + 1;
    else if (text.startsWith('${', at)) return at + 2;
  }
  return text.length;
}

function find(pattern: RegExp, text: string, from: number): RegExpExecArray | undefined {
  pattern.lastIndex = from;
  return pattern.exec(text) ?? undefined;
}

function spaces(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
