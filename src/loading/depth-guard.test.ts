import { equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { ConCoordError } from '../base/index.ts';
import { refuseDeepSyntax } from './depth-guard.ts';
import { loadClass } from './load.ts';
import { makeFolder } from './loading-test-kit.ts';

const method = (body: string): string => `const a: any = 1; export class A { m() { ${body} } }`;
const value = (expression: string): string => method(`return ${expression};`);

/** Sources that nest `n` levels deep, as no person writes them. */
const DEEP: Readonly<Record<string, (n: number) => string>> = {
  parentheses: (n) => value(`${'('.repeat(n)}1${')'.repeat(n)}`),
  arrays: (n) => value('['.repeat(n) + ']'.repeat(n)),
  ternaries: (n) => value(`${'a ? 1 : '.repeat(n)}2`),
  'ternaries in the middle': (n) => value(`${'a ? '.repeat(n)}1${' : 2'.repeat(n)}`),
  templates: (n) => value(`${'`${'.repeat(n)}1${'}`'.repeat(n)}`),
  chains: (n) => value(`a${'.b'.repeat(n)}`),
  sums: (n) => value(`1${' + a'.repeat(n)}`),
  negations: (n) => value(`${'!'.repeat(n)}a`),
  words: (n) => value(`${'typeof '.repeat(n)}a`),
  arrows: (n) => value(`${'a => '.repeat(n)}1`),
  tags: (n) => value(`a${'``'.repeat(n)}`),
  functions: (n) => value(`${'function () { return '.repeat(n)}1${'}'.repeat(n)}`),
  'else if': (n) => method(`if (a); ${'else if (a); '.repeat(n)}`),
  if: (n) => method(`${'if (a) '.repeat(n)};`),
  types: (n) =>
    `${'type T = 1 extends 1 ? '.concat('1 : 1 extends 1 ? '.repeat(n))}1 : 1; ${method('')}`,
};

for (const [what, text] of Object.entries(DEEP)) {
  for (const levels of [5000, 50_000]) {
    test(`no source ends the process that reads it: ${levels} ${what}`, async (t) => {
      const directory = makeFolder(t, {
        'a.ts': text(levels),
        'b.ts': "export * from './a.ts';",
      });
      // The same way for the class itself and for what it imports.
      for (const name of [levels === 5000 ? 'a.A' : 'b.A']) {
        const error: unknown = await loadClass(name, { paths: [], directory }).then(
          () => undefined,
          (reason: unknown) => reason,
        );

        // Types are not there any more when code is looked at.
        if (error === undefined && what === 'types' && levels === 5000) continue;
        ok(error instanceof ConCoordError, `${name}: ${String(error)}`);
        equal(error.code, 'TOO_LARGE');
        ok(error.message.includes('nested too deeply'), error.message);
      }
    });
  }
}

test('what people write is not too deep', async (t) => {
  for (const [what, text] of Object.entries(DEEP)) {
    const directory = makeFolder(t, { 'a.ts': text(60) });

    equal((await loadClass('a.A', { paths: [], directory })).methods[0]?.name, 'm', what);
  }
});

test('who cannot wait for the process is refused as well', () => {
  refuseDeepSyntax(DEEP['sums']?.(300) ?? '', 'a.ts');
  refuseDeepSyntax('const broken = ;'.repeat(400), 'a.ts');
  for (const deep of ['ternaries', 'parentheses', 'types']) {
    throws(() => refuseDeepSyntax(DEEP[deep]?.(100_000) ?? '', 'a.ts'), {
      code: 'TOO_LARGE',
      message: /a\.ts: .*nested too deeply/,
    });
  }
});
