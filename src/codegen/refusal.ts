import type { Node } from 'oxc-parser';
import { ConCoordError } from '../base/index.ts';
import type { SourceModule } from './source-module.ts';

/** A class for which no honest proxy can be written; says where, and what to do. */
export function refusal(
  module: SourceModule,
  node: Node,
  what: string,
  remedy: string,
): ConCoordError {
  return new ConCoordError('INVALID_ARGUMENT', `${module.at(node.start)}: ${what}`, { remedy });
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
