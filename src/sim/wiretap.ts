import { showBallot, showReplica } from '../paxos/index.ts';
import type { Message, ReplicaId } from '../paxos/index.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';
import type { World } from './world.ts';

/** Writes every message into the trace. */
export class Wiretap implements Observer {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  sent(replica: ReplicaProcess, to: ReplicaId, message: Message): void {
    this.#world.say(`${replica.process.name} > ${showReplica(to)} ${showMessage(message)}`);
  }
}

function showMessage(message: Message): string {
  const { kind, ...rest } = message;
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${showField(name, value)}`);
  return `${kind} ${fields.join(' ')}`;
}

function showField(name: string, value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return name === 'entries'
      ? `${items.length}`
      : JSON.stringify(items.map((item) => plain(item)));
  }
  return JSON.stringify(plain(value)) ?? 'undefined';
}

/** Without the bytes of entries, and with ballots as people read them. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('round' in value && 'leader' in value) {
    return showBallot({ round: Number(value.round), leader: Number(value.leader) });
  }
  if ('entry' in value && 'ballot' in value)
    return { ...value, entry: 0, ballot: plain(value.ballot) };
  return value;
}

/** What a replica is doing, in one line. */
export function showReplicaState({ process, replica }: ReplicaProcess): string {
  const { applied, ballot, commit, halted, leader, learners, role, view } = replica.status();
  const follows = leader === undefined ? 'nobody' : showReplica(leader);
  const waiting = learners.map(({ id }) => showReplica(id)).join(' ');
  const facts = [
    `${role} in ballot ${ballot} follows ${follows}`,
    `commit ${commit} applied ${applied}${halted ? ' halted' : ''}`,
    `epoch ${view.epoch} of ${view.members.map(({ id }) => showReplica(id)).join(' ')}`,
    `learners [${waiting}]`,
    process.stopped ? 'stopped' : '',
  ];
  return `${process.name} ${showReplica(replica.context.self.id)} ${facts.join(', ')}`;
}
