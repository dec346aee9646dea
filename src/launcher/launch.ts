import { ConCoordError, present } from '../base/index.ts';
import { callAgent } from './call-agent.ts';
import type { AgentAnswers, StartRequest } from './protocol.ts';
import type { Login } from './ssh.ts';
import { together } from './together.ts';
import type { Outcome } from './together.ts';

/** A replica to be started: what all nodes are told alike. */
export type Order = Omit<StartRequest, 'do' | 'found'>;

export type Started = AgentAnswers['start'];

export type Tell = (host: string, text: string) => void;

/** Starts a replica on one node, or finds that it runs, and waits until it is ready. */
export async function launchOn(
  login: Login,
  order: Order,
  { found, tell }: { readonly found: boolean; readonly tell: Tell },
): Promise<Started> {
  const say = (text: string): void => tell(login.host, text);
  const done = await callAgent(login, { do: 'start', found, ...order }, {}, { say });
  const { replica, wasRunning } = done;
  if (replica !== undefined) say(wasRunning ? `runs already: ${replica.said}` : replica.said);
  return done;
}

/**
 * Replicas of one instance on several nodes. Without `-b`, those that were ordered there before go on; when
 * there is none, the first founds the instance. Then the others join.
 *
 * An instance is founded only when every node has said that it has none: one that does not answer may have
 * it.
 */
export async function launchTogether(
  logins: readonly Login[],
  order: Order,
  tell: Tell,
): Promise<readonly Outcome<Started>[]> {
  if (order.boot !== undefined) {
    return together(logins, (login) => launchOn(login, order, { found: false, tell }));
  }
  const before = await together(logins, (login) => launchOn(login, order, { found: false, tell }));
  const running = before.flatMap(({ value }) => value?.replica?.address ?? []);
  const outcomes = new Map(before.map((outcome) => [outcome.host, outcome]));
  const missing = logins.filter(({ host }) => {
    const { error, value } = present(outcomes.get(host), 'an outcome');
    return error === undefined && value?.replica === undefined;
  });
  if (running.length === 0) {
    const silent = before.find(({ error }) => error !== undefined);
    if (silent !== undefined) return before.map((outcome) => withheld(outcome, silent.host));
    const [first] = missing;
    if (first === undefined) return before;
    const [founded] = await together([first], (login) =>
      launchOn(login, order, { found: true, tell }),
    );
    const founder = present(founded, 'an outcome');
    outcomes.set(first.host, founder);
    if (founder.value?.replica === undefined) {
      return before.map((outcome) =>
        outcome.host === first.host ? founder : withheld(outcome, first.host),
      );
    }
    running.push(founder.value.replica.address);
    missing.shift();
  }
  const boot = running.join(',');
  const joined = await together(missing, (login) =>
    launchOn(login, { ...order, boot }, { found: false, tell }),
  );
  for (const outcome of joined) outcomes.set(outcome.host, outcome);
  return logins.map(({ host }) => present(outcomes.get(host), 'an outcome'));
}

/** Nothing was begun here, because of another node. */
function withheld(outcome: Outcome<Started>, cause: string): Outcome<Started> {
  if (outcome.error !== undefined) return outcome;
  const fact = `not started, since no instance is founded while ${cause} is in trouble`;
  const error = new ConCoordError('REMOTE_NODE', `${outcome.host}: ${fact}`, {
    remedy: `Mend ${cause}, or leave it out of the command.`,
  });
  return { host: outcome.host, error };
}
