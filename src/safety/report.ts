import type { Node } from '../loading/index.ts';
import type { Subject } from './subject.ts';

/** Something in a class that must not be, or cannot be alike on all replicas. */
export interface Violation {
  /** Absolute. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** In one line: what it is, and what to do instead. */
  readonly reason: string;
}

/** Tells of a node what is wrong with it. */
export type Report = (node: Node, reason: string) => void;

/** Looks at one file under one aspect. */
export type Rule = (subject: Subject, report: Report) => void;

const MOST_UNITS = 60;

/** What a source calls something, fit to be printed: it may hold anything. */
export function printable(text: string): string {
  const shown = text.length > MOST_UNITS ? `${text.slice(0, MOST_UNITS)}…` : text;
  return shown.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (unit) => {
    const code = unit.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
