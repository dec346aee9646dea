import { realpathSync } from 'node:fs';
import { ConCoordError, present } from '../base/index.ts';
import type { ClassMember } from '../loading/index.ts';
import { findCompiler, writeDeclarations } from './compiler.ts';
import { Emitter } from './emit.ts';
import type { ProxyClass } from './emit.ts';
import { ModuleGraph } from './module-graph.ts';
import type { Form, ProxyType } from './proxy-type.ts';
import { offerOf } from './offer.ts';
import { isCircle, NeedsCompiler, reasonOf } from './refusal.ts';
import { shapeOf, tolerant, WITHOUT_ARGUMENTS } from './shape.ts';
import type { Reading, Shape } from './shape.ts';
import { bundle, declareHelpers } from './standalone.ts';
import { Vocabulary } from './vocabulary.ts';

export interface Wanted {
  readonly className: string;
  readonly type: ProxyType;
  /** It was in the file before, and goes when the source has it no more. */
  readonly isKept: boolean;
  /** What replicas list of it; undefined when nobody has asked the loader. */
  readonly members?: readonly ClassMember[] | undefined;
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
  /** Told what callers might miss, with its place. */
  readonly warn: (text: string) => void;
}

/**
 * The text of the proxies of some classes of one file, in each form.
 *
 * @throws ConCoordError `INVALID_CLASS` where no proxy can be written, with the place and a remedy.
 */
export function generate(request: Request): ReadonlyMap<Form, string> {
  const file = realpathSync(request.file);
  request.step(`reading ${file}`);
  try {
    return write(request, file, { untyped: undefined, isFinal: false });
  } catch (error) {
    if (isCircle(error)) {
      throw new ConCoordError('INVALID_CLASS', `${file}: names or types that mean themselves`, {
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
      return write(request, file, UNKNOWN);
    }
    throw untold(where, 'is not written down, and there is no TypeScript compiler to infer it');
  }
  request.step(`${where} is not written down: asking TypeScript ${compiler.version}`);
  let said = 'the compiler wrote no declarations';
  const declarations = writeDeclarations(compiler, file, (why) => (said = why));
  if (declarations === undefined) throw untold(where, `is not written down: ${said}`);
  try {
    return write(request, declarations.path, { untyped: undefined, isFinal: true });
  } catch (error) {
    const isRefusal = error instanceof NeedsCompiler || reasonOf(error) !== undefined;
    if (!isRefusal) throw error;
    // The compiler declares some classes as what only it reads.
    const say = isPlain ? request.step : request.warn;
    say(
      `${where} cannot be inferred: what has no type becomes unknown, unless it is written there`,
    );
    return write(request, file, UNKNOWN);
  } finally {
    declarations.done();
  }
}

const UNKNOWN: Reading = { untyped: 'unknown', isFinal: true };

function untold(where: string, why: string): ConCoordError {
  return new ConCoordError('INVALID_CLASS', `${where} ${why}`, {
    remedy: 'Write the type there, or run npm install --save-dev typescript.',
  });
}

function write(request: Request, path: string, reading: Reading): ReadonlyMap<Form, string> {
  const graph = new ModuleGraph();
  const kept: Wanted[] = [];
  const told: string[] = [];
  const classes = request.classes.flatMap((wanted): readonly ProxyClass[] => {
    const { className, type, isKept, members } = wanted;
    const look = (): Shape | undefined => readClass(graph, path, className, reading);
    // Of a class that replicas run, what cannot be read here is only not seen.
    const read = members === undefined ? look() : tolerant(look);
    if (read === undefined && isKept && !isThere(request.file, className)) {
      request.step(`class ${className} is not there any more`);
      return [];
    }
    if (read === undefined && (members === undefined || path !== realpathSync(request.file))) {
      throw noClass(graph, path, className);
    }
    const circumstances = { graph, members, file: request.file, isFinal: reading.isFinal };
    const { shape, warnings } = offerOf(read ?? formless(className), circumstances);
    kept.push(wanted);
    told.push(...warnings);
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
  for (const warning of told) request.warn(warning);
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

/** A class that replicas see, and that is not written as one: what a function returns, under another name. */
function formless(name: string): Shape {
  const nothing = { typeParameters: [], members: [], left: [], refused: [], doc: undefined };
  return { ...nothing, name, init: [WITHOUT_ARGUMENTS] };
}

function isThere(file: string, className: string): boolean {
  return readClass(new ModuleGraph(), realpathSync(file), className, UNKNOWN) !== undefined;
}

function readClass(
  graph: ModuleGraph,
  path: string,
  className: string,
  reading: Reading,
): Shape | undefined {
  const meaning = graph.exported(graph.load(path), className);
  const shape = meaning === undefined ? undefined : shapeOf(graph, meaning, reading);
  return shape === undefined ? undefined : { ...shape, name: className };
}

function noClass(graph: ModuleGraph, path: string, className: string): ConCoordError {
  const module = graph.load(path);
  const classes = module.exportedNames.filter((name) => {
    const other = present(graph.exported(module, name), 'meaning of an exported name');
    return other.kind === 'declared' && other.nodes.some(({ type }) => type.startsWith('Class'));
  });
  const known = classes.length === 0 ? 'no class' : classes.join(', ');
  return new ConCoordError('INVALID_CLASS', `${path} exports no class ${className}, but ${known}`, {
    remedy: 'Correct the name after the last dot, or export the class.',
  });
}
