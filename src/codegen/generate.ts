import { realpathSync } from 'node:fs';
import { ConCoordError, present } from '../base/index.ts';
import { findCompiler, writeDeclarations } from './compiler.ts';
import { Emitter } from './emit.ts';
import type { ProxyClass } from './emit.ts';
import { ModuleGraph } from './module-graph.ts';
import type { Form, ProxyType } from './proxy-type.ts';
import { NeedsCompiler } from './refusal.ts';
import { shapeOf } from './shape.ts';
import type { Shape } from './shape.ts';
import { bundle, declareHelpers } from './standalone.ts';
import { Vocabulary } from './vocabulary.ts';

export interface Wanted {
  readonly className: string;
  readonly type: ProxyType;
  /** It was in the file before, and goes when the source has it no more. */
  readonly isKept: boolean;
}

export interface Request {
  /** Absolute path of the source. */
  readonly file: string;
  readonly classes: readonly Wanted[];
  readonly forms: readonly Form[];
  /** Comment lines at the head of each file, which has these classes. */
  readonly header: (classes: readonly Wanted[]) => string;
  /** The files need no package: the client engine is in them. JavaScript only. */
  readonly isStandalone: boolean;
  /** Written into the files. */
  readonly token: string | undefined;
  /** Where a compiler is looked for when the source's own folder has none. */
  readonly cwd: string;
  /** Told what is done, in words for people. */
  readonly step: (text: string) => void;
}

/**
 * The text of the proxies of some classes of one file, in each form.
 *
 * @throws ConCoordError `INVALID_ARGUMENT` where no honest proxy can be written, with the place and a remedy.
 */
export function generate(request: Request): ReadonlyMap<Form, string> {
  const file = realpathSync(request.file);
  request.step(`reading ${file}`);
  try {
    return write(request, file, undefined);
  } catch (error) {
    if (error instanceof RangeError && /call stack/.test(error.message)) {
      throw new ConCoordError('INVALID_ARGUMENT', `${file}: names or types that mean themselves`, {
        cause: error,
        remedy:
          'Let the TypeScript compiler check the sources, and break the circle that it names.',
      });
    }
    if (!(error instanceof NeedsCompiler)) throw error;
    return withCompiler(request, file, error);
  }
}

/** Types that are not written down are those that the compiler finds. */
function withCompiler(
  request: Request,
  file: string,
  need: NeedsCompiler,
): ReadonlyMap<Form, string> {
  const where = `${need.module.at(need.node.start)}: ${need.message}`;
  const compiler = findCompiler(file, request.cwd);
  const isPlain = need.module.isJavaScript;
  if (compiler === undefined) {
    if (isPlain) {
      request.step(`${where} is not known, as everything in plain JavaScript: it becomes unknown`);
      return write(request, file, 'unknown');
    }
    throw untold(where, 'is not written down, and there is no TypeScript compiler to infer it');
  }
  request.step(`${where} is not written down: asking TypeScript ${compiler.version}`);
  let said = 'the compiler wrote no declarations';
  const declarations = writeDeclarations(compiler, file, (why) => (said = why));
  if (declarations === undefined) throw untold(where, `is not written down: ${said}`);
  try {
    return write(request, declarations.path, undefined);
  } catch (error) {
    const isRefusal = error instanceof NeedsCompiler || error instanceof ConCoordError;
    if (isPlain && isRefusal) {
      // Of JavaScript the compiler declares some classes as what only it reads.
      request.step(`${where} cannot be inferred: it becomes unknown`);
      return write(request, file, 'unknown');
    }
    if (error instanceof NeedsCompiler) throw untold(where, 'cannot be inferred');
    if (!(error instanceof ConCoordError)) throw error;
    // The folder is gone when this is read.
    const message = `in declarations of ${error.message.replaceAll(declarations.root, '')}`;
    throw new ConCoordError(error.code, message, { remedy: error.remedy });
  } finally {
    declarations.done();
  }
}

function untold(where: string, why: string): ConCoordError {
  return new ConCoordError('INVALID_ARGUMENT', `${where} ${why}`, {
    remedy: 'Write the type there, or run npm install --save-dev typescript.',
  });
}

function write(
  request: Request,
  path: string,
  untyped: 'unknown' | undefined,
): ReadonlyMap<Form, string> {
  const graph = new ModuleGraph();
  const kept: Wanted[] = [];
  const classes = request.classes.flatMap((wanted): readonly ProxyClass[] => {
    const { className, type, isKept } = wanted;
    const shape = readClass(graph, path, className, untyped);
    // Of JavaScript the compiler does not declare every class as one.
    if (shape === undefined && isKept && !isThere(request.file, className)) {
      request.step(`class ${className} is not there any more`);
      return [];
    }
    if (shape === undefined) throw noClass(graph, path, className);
    kept.push(wanted);
    const names = shape.members.map(({ name }) => name).join(', ');
    request.step(`class ${className}: ${names === '' ? 'no methods' : names}`);
    for (const name of shape.left) request.step(`left out: ${name}`);
    return [{ shape, type }];
  });
  const own = classes.flatMap(({ shape }) => [
    shape.name,
    ...shape.typeParameters.map(({ node }) =>
      node.type === 'TSTypeParameter' ? node.name.name : '',
    ),
  ]);
  // Twice: names that are global somewhere must not be given to types of the user elsewhere.
  const draft = new Vocabulary(graph, own);
  new Emitter(draft, 'dts', new Set(), { kind: 'package' }).file('', classes, undefined);
  return new Map(
    request.forms.map((form) => {
      const vocabulary = new Vocabulary(graph, [...own, ...draft.globals, 'Promise']);
      const header = request.header(kept);
      if (!request.isStandalone) {
        const emitter = new Emitter(vocabulary, form, draft.names, { kind: 'package' });
        return [form, emitter.file(header, classes, request.token)];
      }
      if (form === 'js') {
        const emitter = new Emitter(vocabulary, form, draft.names, { kind: 'package' });
        const text = emitter.file('', classes, request.token);
        return [form, `${header}\n${bundle(text, draft.names)}`];
      }
      const declare = (local: (name: string) => string): string =>
        declareHelpers(graph, vocabulary, local);
      const emitter = new Emitter(vocabulary, form, draft.names, { kind: 'file', declare });
      return [form, emitter.file(header, classes, request.token)];
    }),
  );
}

function isThere(file: string, className: string): boolean {
  if (!/\.m?js$/.test(file)) return false;
  return readClass(new ModuleGraph(), realpathSync(file), className, 'unknown') !== undefined;
}

function readClass(
  graph: ModuleGraph,
  path: string,
  className: string,
  untyped: 'unknown' | undefined,
): Shape | undefined {
  const meaning = graph.exported(graph.load(path), className);
  const shape = meaning === undefined ? undefined : shapeOf(graph, meaning, untyped);
  return shape === undefined ? undefined : { ...shape, name: className };
}

function noClass(graph: ModuleGraph, path: string, className: string): ConCoordError {
  const module = graph.load(path);
  const classes = module.exportedNames.filter((name) => {
    const other = present(graph.exported(module, name), 'meaning of an exported name');
    return other.kind === 'declared' && other.nodes.some(({ type }) => type.startsWith('Class'));
  });
  const known = classes.length === 0 ? 'no class' : classes.join(', ');
  return new ConCoordError(
    'INVALID_ARGUMENT',
    `${path} exports no class ${className}, but ${known}`,
    {
      remedy: 'Correct the name after the last dot, or export the class.',
    },
  );
}
