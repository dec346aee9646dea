import { ConCoordError } from '../base/index.ts';
import { callAgent, ConfigFile, orderId, place, together } from '../launcher/index.ts';
import type { Login, NodeReport, Order, PlacedNode } from '../launcher/index.ts';
import { tell } from './openreplica-kit.ts';
import { print } from './output.ts';

interface Wish {
  readonly count: number;
  /** One more of the same is meant, wherever others of it are. */
  readonly isMore: boolean;
}

interface Candidate extends PlacedNode {
  readonly login: Login;
  readonly report: NodeReport;
}

/**
 * The nodes for replicas when none is named: those that have one of this order already, then those that
 * have least in common with them, and that nothing of ours runs on yet. Nodes that do not answer are left
 * out, and said to be.
 */
export async function chooseNodes(
  logins: readonly Login[],
  order: Order,
  { count, isMore }: Wish,
): Promise<readonly Login[]> {
  const outcomes = await together(logins, (login) => callAgent(login, { do: 'list' }));
  const { nodes } = new ConfigFile().read();
  const candidates = outcomes.flatMap(({ error, host, value }, index): readonly Candidate[] => {
    if (error !== undefined) tell(host)(`left out: ${error.message.replace(`${host}: `, '')}`);
    const login = logins[index];
    const groups = nodes.find((node) => node.host === host)?.groups ?? [];
    return value === undefined || login === undefined
      ? []
      : [{ host, groups, login, report: value }];
  });
  const id = orderId(order);
  const has = candidates.filter(({ report }) =>
    report.replicas.some(
      (one) =>
        one.order === id &&
        (order.port === undefined || one.address.endsWith(`:${order.port}`)) &&
        !(isMore && order.port === undefined),
    ),
  );
  const chosen = has.slice(0, count);
  const missing = count - chosen.length;
  if (missing === 0) return chosen.map(({ login }) => login);
  const free = candidates.filter(({ report }) => report.replicas.every((one) => !isAlive(one)));
  const busy = candidates.filter((one) => !free.includes(one));
  if (free.length < missing && count === 1) return [leastBusy(candidates).login];
  // With more than one replica a node would be one failure for several.
  const choices = place(
    free.filter((one) => !chosen.includes(one)),
    missing,
    busy,
  );
  for (const { node, shared } of choices) {
    if (shared.length > 0)
      print(`${node.host}: shares ${shared.map(({ group }) => group).join(', ')}`);
  }
  return [...chosen, ...choices.map(({ node }) => node)].map(({ login }) => login);
}

function leastBusy(candidates: readonly Candidate[]): Candidate {
  const load = ({ report }: Candidate): number => report.replicas.filter(isAlive).length;
  const [best] = candidates.toSorted((a, b) => load(a) - load(b) || (a.host < b.host ? -1 : 1));
  if (best !== undefined) return best;
  throw new ConCoordError('REMOTE_NODE', 'no node answers that is set up', {
    remedy: 'Look at openreplica status, and run openreplica setup.',
  });
}

function isAlive({ state }: NodeReport['replicas'][number]): boolean {
  return state !== 'stopped' && state !== 'failed' && state !== 'dead';
}
