import { dirname, relative, sep } from 'node:path';
import { readSourceTexts, tooDeep } from '../loading/index.ts';
import { judgeAccesses, namesGiven } from './accesses.ts';
import { judgeCalls } from './calls.ts';
import { judgeNames } from './names.ts';
import { printable } from './report.ts';
import type { Report, Violation } from './report.ts';
import { Subject } from './subject.ts';
import { judgeSyntax } from './syntax.ts';

/**
 * What in a class and in everything it imports is not safe to execute, or would differ between replicas:
 * first in its own file, then in the others by their paths, each from top to bottom. Nothing is executed.
 * What only shows while it runs is not seen: there the realm is the wall.
 *
 * @throws ConCoordError `INVALID_CLASS` for a source that cannot be read, `TOO_LARGE`.
 */
export async function checkSafety(file: string): Promise<readonly Violation[]> {
  try {
    const sources = await readSourceTexts(file);
    const subjects = new Map<string, Subject>();
    for (const source of sources) subjects.set(source.file, new Subject(source, subjects));
    const all = [...subjects.values()];
    const own = new Set(all.flatMap((subject) => namesGiven(subject)));
    return all.flatMap((subject) => judge(subject, own, dirname(file), file));
  } catch (error) {
    // Trees are walked by recursion; what is deeper than the stack was written by a machine.
    throw error instanceof RangeError ? tooDeep(file) : error;
  }
}

function judge(
  subject: Subject,
  own: ReadonlySet<string>,
  folder: string,
  entry: string,
): readonly Violation[] {
  const { file, lineOf } = subject.source;
  const where =
    file === entry ? '' : `in ${printable(relative(folder, file).replaceAll(sep, '/'))}: `;
  const found = new Map<string, Violation & { readonly offset: number }>();
  const report: Report = (node, text) => {
    const line = lineOf(node.start);
    // The helpers of the bundler stand in front of what a file has.
    if (line === undefined) return;
    const reason = where + text;
    const key = `${line} ${reason}`;
    if (!found.has(key)) found.set(key, { file, line, reason, offset: node.start });
  };
  judgeSyntax(subject, report);
  judgeNames(subject, report);
  judgeAccesses(subject, own, report);
  judgeCalls(subject, report);
  return [...found.values()]
    .toSorted((a, b) => a.line - b.line || a.offset - b.offset)
    .map(({ line, reason }) => ({ file, line, reason }));
}
