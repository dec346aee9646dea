import { resolve } from 'node:path';
import { BareProxy, close, invoke, withOptions } from '../client/index.ts';
import { showReplica } from '../paxos/index.ts';
import type { ControlReply, ReplicaServer } from '../platform/index.ts';
import { parseAddress } from './address.ts';
import type { Birth } from './birth.ts';
import { ask } from './control.ts';
import { shellAtTerminal } from './replica-shell.ts';
import type { ReplicaShell } from './replica-shell.ts';

const OBJECT_MS = 5000;
/** A hand-over takes two election time-outs at most. */
const OFFICE_MS = 15_000;

type Open = (
  birth: Birth,
  server: ReplicaServer,
  interrupted: () => void,
) => ReplicaShell | undefined;

/** @param token Of the instance, in clear: proxies take it so. */
export function shellWith(token: string | undefined): Open {
  return ({ access, directory, household }, server, interrupted) => {
    const { address, id } = household.self;
    const replica = {
      id: showReplica(id),
      place: directory === undefined ? 'none: in memory' : resolve(directory.path),
      status: () => server.status(),
      work: () => server.work(),
      showObject: () => showObject(address, token),
      takeOffice: async (leader: string): Promise<string | undefined> => {
        const request = { do: 'transfer', to: address };
        const manner = { patienceMs: OFFICE_MS, token: access?.token };
        const reply = (await ask(parseAddress(leader), request, manner)).reply as ControlReply;
        return 'error' in reply ? reply.error.message : undefined;
      },
      stop: interrupted,
    };
    return shellAtTerminal(replica, interrupted);
  };
}

/** Asked as by any client, so that a class of the user's runs where it always does. */
async function showObject(address: string, token: string | undefined): Promise<string> {
  const proxy = new BareProxy(address, { token, timeoutMs: OBJECT_MS });
  try {
    return String(await invoke(withOptions(proxy, { read: 'stale' }), '__repr__', []));
  } finally {
    await close(proxy);
  }
}
