/** The programs of docs/recipes.md and docs/synchronization.md, which print what stands there. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Stage } from './kit.ts';
import { freePort } from './ports.ts';

const SOURCE = new URL('../../src/', import.meta.url).href;
const BLOCK = /^```(\w+)\n([^]*?)^```$/gm;

interface Recipe {
  readonly title: string;
  /** By the name of the file, in their order: the last one is the program. */
  readonly files: readonly (readonly [string, string])[];
  readonly object: string;
  readonly printed: string;
}

/** The sections of a page that start a replica, and print something. */
function recipesOf(page: string): readonly Recipe[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return text.split(/^## /m).flatMap((section) => {
    const blocks = [...section.matchAll(BLOCK)].map(([, language = '', code = '']) => ({
      language,
      code,
    }));
    const files = blocks.flatMap(({ language, code }) => {
      const name = language === 'ts' ? /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] : undefined;
      return name === undefined ? [] : [[name, code] as const];
    });
    const [, object = ''] = /^npx concoord replica -o (\S+) -p 14000$/m.exec(section) ?? [];
    const printed = blocks.findLast(({ language }) => language === 'text')?.code;
    const [title = ''] = section.split('\n');
    return object === '' || printed === undefined ? [] : [{ title, files, object, printed }];
  });
}

/** As it runs outside of this repository, where `concoord` is installed. */
function here(code: string, port: number): string {
  return code
    .replaceAll('14000', String(port))
    .replaceAll(/'concoord\/proxy\/(\w+)'/g, `'${SOURCE}proxy/$1.ts'`)
    .replaceAll(/'concoord'/g, `'${SOURCE}client/index.ts'`);
}

const RECIPES = [...recipesOf('recipes.md'), ...recipesOf('synchronization.md')];

test('every section of the recipes is one that runs', () => {
  const page = readFileSync(new URL('../../docs/recipes.md', import.meta.url), 'utf8');
  const titles = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  deepEqual(
    RECIPES.slice(0, titles.length).map(({ title }) => title),
    titles,
  );
  ok(RECIPES.length > titles.length, 'and so does an example of docs/synchronization.md');
});

for (const { title, files, object, printed } of RECIPES) {
  test(`${title}: prints what stands there`, async () => {
    await using stage = new Stage();
    const port = await freePort();
    for (const [name, code] of files) writeFileSync(join(stage.folder, name), here(code, port));
    // Where the native package for isolates is not, classes run in a context.
    const sandbox = object.startsWith('concoord.object.') ? [] : ['--sandbox', 'vm'];
    await stage.replica(port, ['-o', object, ...sandbox]);
    const [program = ''] = files.at(-1) ?? [];
    const { stdout } = await promisify(execFile)(process.execPath, [program], {
      cwd: stage.folder,
      timeout: 30_000,
    });
    equal(stdout, printed);
  });
}
