import { equal } from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Script, createContext, runInContext } from 'node:vm';
import type { Context } from 'node:vm';
import { buildSync, transformSync } from 'esbuild';
import { parseSync } from 'oxc-parser';
import type { FunctionBody } from 'oxc-parser';

/**
 * Worlds as replicas have them: a context of its own in which this folder and then a module of a
 * user are evaluated. Nothing but bytes and strings goes in and out.
 */

/** As the loader lowers classes. */
const LOWERED = {
  'exponent-operator': false,
  'class-private-field': false,
  'class-private-method': false,
  'class-private-accessor': false,
  'class-private-static-field': false,
  'class-private-static-method': false,
  'class-private-static-accessor': false,
  'class-private-brand-check': false,
  'class-static-blocks': false,
};

let stateScript: Script | undefined;

/** This folder as one text. */
function stateText(): Script {
  if (stateScript === undefined) {
    const { outputFiles } = buildSync({
      entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'state',
      target: 'es2022',
    });
    stateScript = new Script(outputFiles[0]?.text ?? '', { filename: 'state.js' });
  }
  return stateScript;
}

/**
 * TypeScript of a user as the body of a function of `$` which registers the variables of the module.
 */
export function compile(source: string): string {
  const { code } = transformSync(source, {
    loader: 'ts',
    format: 'esm',
    target: 'es2022',
    supported: LOWERED,
  });
  return instrument(code);
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function instrument(code: string): string {
  const { program, errors } = parseSync('module.js', code);
  equal(errors.length, 0, JSON.stringify(errors));
  const names: string[] = [];
  const edits: Edit[] = [];
  for (const statement of program.body) {
    if (statement.type === 'VariableDeclaration') {
      // As restoring needs it.
      if (statement.kind === 'const') {
        edits.push({ from: statement.start, to: statement.start + 'const'.length, text: 'let' });
      }
      for (const { id } of statement.declarations)
        if (id.type === 'Identifier') names.push(id.name);
    } else if (statement.type === 'ClassDeclaration' || statement.type === 'FunctionDeclaration') {
      if (statement.id !== null) names.push(statement.id.name);
      if (statement.type === 'FunctionDeclaration') edits.push(...registerVars(statement.body));
    } else if (statement.type === 'ExportNamedDeclaration') {
      const listed = statement.specifiers.map(({ local, exported }) => {
        const [inner, outer] = [
          code.slice(local.start, local.end),
          code.slice(exported.start, exported.end),
        ];
        return `${outer}: ${inner}`;
      });
      edits.push({
        from: statement.start,
        to: statement.end,
        text: `return { ${listed.join(', ')} };`,
      });
    }
  }
  let text = code;
  for (const { from, to, text: by } of edits.toReversed())
    text = text.slice(0, from) + by + text.slice(to);
  return register(names) + text;
}

/** The variables in which a function keeps what private fields were lowered to. */
function registerVars(body: FunctionBody | null): readonly Edit[] {
  if (body === null) return [];
  const names = body.body.flatMap((statement) => {
    if (statement.type !== 'VariableDeclaration' || statement.kind !== 'var') return [];
    return statement.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
  });
  if (names.length === 0) return [];
  return [{ from: body.start + 1, to: body.start + 1, text: register(names) }];
}

function register(names: readonly string[]): string {
  const variables = names.map((name) => `${name}: [() => ${name}, (v) => (${name} = v)]`);
  return `if ($.scopes) $.scopes.add({ ${variables.join(', ')} });\n`;
}

/** Made before the module is evaluated, as the realm does it. */
const BEGIN = `
  state.installPrivateFields(globalThis);
  var scopes = [];
  var $ = { scopes: { add: (scope) => void scopes.push(scope) } };
`;
const REGISTER = `
  $.scopes = undefined;
  var code = state.CodeRegistry.of({ exports: module, scopes });
  var object;
`;

export class World {
  readonly #context: Context;

  /** @param code What `compile` makes. */
  constructor(code: string) {
    this.#context = createContext({ TextEncoder, TextDecoder });
    stateText().runInContext(this.#context);
    runInContext(BEGIN, this.#context);
    runInContext(`var module = (function ($) { 'use strict';\n${code}\n})($);`, this.#context);
    runInContext(REGISTER, this.#context);
  }

  static of(source: string): World {
    return new World(compile(source));
  }

  /** Runs a program in which `object` is the object and `module` what the module exports. */
  run(program: string): unknown {
    // In a block, so that what one program declares is not in the way of the next.
    return runInContext(`'use strict'; { ${program} }`, this.#context);
  }

  capture(): Uint8Array {
    return this.run('state.captureState({ object, scopes }, code)') as Uint8Array;
  }

  restore(bytes: Uint8Array): void {
    this.with(bytes, 'object = state.restoreState(incoming, scopes, code); "";');
  }

  /** Runs a program in which `incoming` are these bytes. */
  with(bytes: Uint8Array, program: string): string {
    Object.assign(this.#context, { incoming: bytes });
    return String(this.run(program));
  }

  /** What capturing is refused with. */
  refusal(): string {
    return this.run(`
      try {
        state.captureState({ object, scopes }, code);
        'nothing was refused';
      } catch (error) {
        if (error.name !== 'ConCoordError') throw error;
        error.code + ': ' + error.message;
      }
    `) as string;
  }
}

/**
 * Two worlds with one code: the second has taken over the state of the first, and captures the same.
 */
export function twins(
  code: string,
  program: string,
): { first: World; second: World; bytes: Uint8Array } {
  const first = new World(code);
  first.run(program);
  const bytes = first.capture();
  const second = new World(code);
  second.restore(bytes);
  equal(Buffer.compare(second.capture(), bytes), 0, 'captured again, the bytes are the same');
  equal(Buffer.compare(first.capture(), bytes), 0, 'capturing changes nothing');
  return { first, second, bytes };
}

/** Runs `program` in both and expects the same text; returns it. */
export function same({ first, second }: { first: World; second: World }, program: string): string {
  const [one, other] = [first, second].map((world) => String(world.run(program)));
  equal(other, one);
  return one ?? '';
}
