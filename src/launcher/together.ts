import { ConCoordError } from '../base/index.ts';

/** What became of each node. */
export interface Outcome<T> {
  readonly host: string;
  readonly value?: T;
  readonly error?: Error;
}

/** So many nodes are worked on at a time: each is a process of ssh, and a stream of what is sent there. */
const AT_ONCE = 8;

/**
 * Does the same with several nodes; what fails for one holds up no other.
 *
 * @param atOnce 1: one after the other, in their order.
 */
export async function together<N extends { readonly host: string }, T>(
  nodes: readonly N[],
  work: (node: N) => Promise<T>,
  atOnce: number = AT_ONCE,
): Promise<readonly Outcome<T>[]> {
  const outcomes: Outcome<T>[] = Array.from({ length: nodes.length });
  const entries = nodes.entries();
  const worker = async (): Promise<void> => {
    for (const [index, node] of entries) {
      const { host } = node;
      try {
        outcomes[index] = { host, value: await work(node) };
      } catch (error) {
        // What is no error of a node is one of ours, and ends everything.
        if (!(error instanceof ConCoordError)) throw error;
        outcomes[index] = { host, error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, nodes.length) }, worker));
  return outcomes;
}
