import type { Node } from 'oxc-parser';
import { ConCoordError } from '../base/index.ts';
import type { SourceModule } from './source-module.ts';

/** Something that no honest proxy can have; says where, and what to do. */
export function refusal(
  module: SourceModule,
  node: Node,
  what: string,
  remedy: string,
): ConCoordError {
  return new Refusal(module.at(node.start), what, remedy);
}

class Refusal extends ConCoordError {
  readonly what: string;

  constructor(place: string, what: string, remedy: string) {
    super('INVALID_CLASS', `${place}: ${what}`, { remedy });
    this.what = what;
  }
}

/** Why something is left out, in words that stand behind its place; undefined for defects of ours. */
export function reasonOf(error: unknown): string | undefined {
  if (error instanceof Refusal) return `${error.what}. ${error.remedy}`;
  if (error instanceof ConCoordError) return `${error.message}. ${error.remedy}`;
  return isCircle(error) ? 'it has names or types that mean themselves' : undefined;
}

export function isCircle(error: unknown): boolean {
  return error instanceof RangeError && /call stack/.test(error.message);
}

/** A type that is not written in the source, so that only a compiler can tell it. */
export class NeedsCompiler extends Error {
  override readonly name = 'NeedsCompiler';
  readonly module: SourceModule;
  readonly node: Node;

  constructor(module: SourceModule, node: Node, what: string) {
    super(what);
    this.module = module;
    this.node = node;
  }
}
