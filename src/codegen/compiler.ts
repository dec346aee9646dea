import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, parse, relative } from 'node:path';

/** The TypeScript compiler of the user's project. */
export interface Compiler {
  readonly script: string;
  readonly version: string;
}

const PATIENCE_MS = 120_000;

/** The one that the source itself would import, else that of the working directory. */
export function findCompiler(source: string, cwd: string): Compiler | undefined {
  for (const from of [source, join(cwd, 'none.js')]) {
    try {
      const manifest = createRequire(from).resolve('typescript/package.json');
      const { version, bin } = JSON.parse(readFileSync(manifest, 'utf8')) as {
        readonly version: string;
        readonly bin: { readonly tsc: string };
      };
      return { script: join(dirname(manifest), bin.tsc), version };
    } catch {
      // Not there, or not as TypeScript has it: the next place.
    }
  }
  return undefined;
}

/** Declarations of a file and of what it imports, in a folder of their own that `done` removes. */
export interface Declarations {
  readonly path: string;
  /** What stands before the paths of the sources in paths of declarations. */
  readonly root: string;
  readonly done: () => void;
}

/**
 * Lets the compiler write declarations. It is run as a program, since that is the same in every version;
 * 7 has no stable interface. The settings are ours: those of a project may well forbid what we ask for.
 *
 * @returns Undefined when nothing came of it; then `failed` has been told what the compiler said.
 */
export function writeDeclarations(
  { script }: Compiler,
  source: string,
  failed: (why: string) => void,
): Declarations | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-types-'));
  const done = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const out = join(folder, 'out');
    const { root } = parse(source);
    const compilerOptions = {
      declaration: true,
      emitDeclarationOnly: true,
      noEmitOnError: false,
      rootDir: root,
      outDir: out,
      target: 'es2023',
      lib: ['es2023'],
      module: 'nodenext',
      moduleResolution: 'nodenext',
      strict: true,
      allowJs: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      types: [],
    };
    const project = join(folder, 'tsconfig.json');
    writeFileSync(project, JSON.stringify({ compilerOptions, files: [source] }));
    const run = spawnSync(process.execPath, [script, '-p', project, '--pretty', 'false'], {
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    });
    const path = join(out, relative(root, source)).replace(/\.([mc]?)[jt]s$/, '.d.$1ts');
    if (existsSync(path)) return { path, root: out, done };
    failed(run.error?.message ?? (run.stdout.trim().split('\n')[0] || run.stderr.trim()));
  } catch (error) {
    done();
    throw error;
  }
  done();
  return undefined;
}
