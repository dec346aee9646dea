import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeFolder } from '../loading/loading-test-kit.ts';
import { checkSafety } from './check.ts';

export type Files = Readonly<Record<string, string>>;

/** A module with a class: a piece without one becomes a method of it, from the second line on. */
export function moduleOf(piece: string): string {
  if (/\bexport /.test(piece)) return piece;
  return `export class Main { run(x: any, y: any): unknown {\n${piece}\nreturn 1; } }`;
}

/** What the check says of `main.ts`, as it is printed. */
export async function linesOf(t: TestContext, piece: string, files: Files = {}): Promise<string[]> {
  const folder = makeFolder(t, { ...files, 'main.ts': moduleOf(piece) });
  const violations = await checkSafety(join(folder, 'main.ts'));
  return violations.map(({ line, reason }) => `${line} | ${reason}`);
}

/** What is expected: `//! text` in a line stands for a violation there whose reason has the text. */
export function expectedOf(piece: string): readonly (readonly [line: number, text: string])[] {
  return moduleOf(piece)
    .split('\n')
    .flatMap((line, index) =>
      line
        .split('//! ')
        .slice(1)
        .map((text) => [index + 1, text.trim()] as const),
    );
}
