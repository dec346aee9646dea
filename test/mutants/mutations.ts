import type { ObjectName } from '../../src/sim/index.ts';
import { WAITING_MUTATIONS } from './waiting-mutations.ts';

/** One line of the production source, broken. */
export interface Mutation {
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly before: string;
  readonly after: string;
  /** What instances must run for it to show, instead of what seeds draw. */
  readonly object?: ObjectName;
  /** The test that must find it, where schedules that show it are too rare for the simulator. */
  readonly proof?: string;
  /** It shows in few of a hundred seeds: `--quick` leaves it out. */
  readonly rare?: true;
}

/**
 * What the simulator must be able to see. Each entry breaks one rule of docs/protocol.md in one place; the
 * judges know nothing of this list.
 */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'votes are sent before they are durable (Safety 1)',
    file: 'paxos/context.ts',
    before: 'after: this.#position }',
    after: 'after: 0 }',
  },
  {
    name: "a candidate's ballot is not recorded (Safety 2)",
    file: 'paxos/acceptor.ts',
    before: "this.#context.persist({ kind: 'promised', ballot });\n  }\n\n  /** Phase 1b",
    after: '}\n\n  /** Phase 1b',
  },
  {
    name: 'promises are forgotten at a restart (Safety 2)',
    file: 'host/recovery.ts',
    before: "      case 'promised':\n        promised = higher(promised, record.ballot);",
    after: "      case 'promised':",
    rare: true,
  },
  {
    name: 'the first record of a slot counts, not the last (Safety 3)',
    file: 'host/recovery.ts',
    before:
      'if (record.slot > base) slots.set(record.slot, { entry: record.entry, ballot: record.ballot',
    after:
      'if (!slots.has(record.slot)) slots.set(record.slot, { entry: record.entry, ballot: record.ballot',
  },
  {
    name: 'votes are not read back after a restart (Safety 3)',
    file: 'paxos/replica.ts',
    before: 'for (const pvalue of accepted) this.acceptor.restore(pvalue);',
    after: 'for (const pvalue of accepted) void pvalue;',
  },
  {
    name: 'what was decided without an own vote is not recorded (Safety 3)',
    file: 'paxos/acceptor.ts',
    before: "this.#context.persist({ kind: 'decided', slot, entry });",
    after: 'void slot;',
  },
  {
    name: 'a directory that was put back is accepted (Safety 3)',
    file: 'host/admission.ts',
    before: 'if (position < acknowledged) {',
    after: 'if (position < -acknowledged) {',
    rare: true,
  },
  {
    name: 'half of a view is a quorum (Safety 5)',
    file: 'paxos/view.ts',
    before: 'return Math.floor(members / 2) + 1;',
    after: 'return Math.max(1, Math.floor(members / 2));',
  },
  {
    name: 'votes are counted, whoever cast them: learners too (Safety 5)',
    file: 'paxos/leader.ts',
    before: 'if (proposal === undefined || !isQuorum(this.#log.view, proposal.votes)) return;',
    after:
      'if (proposal === undefined || proposal.votes.size * 2 <= this.#log.view.members.length) return;',
  },
  {
    name: 'a promise counts, whatever its sender lacks of earlier views (Safety 5)',
    file: 'paxos/leader.ts',
    before: '[...promises.keys()].filter((id) => holdsStart(promises.get(id), view))',
    after: '[...promises.keys()]',
  },
  {
    name: 'a promise speaks of a commit index that is not on record (Safety 5)',
    file: 'paxos/acceptor.ts',
    before: 'this.#recordCommit();\n    const accepted = ',
    after: 'const accepted = ',
  },
  {
    name: 'a leader proposes in a new view without preparing in it (Safety 5)',
    file: 'paxos/leader.ts',
    before: '      this.sendHeartbeat();\n      this.#prepare();\n      return;',
    after: '      this.sendHeartbeat();\n      return;',
  },
  {
    name: 'something is proposed behind an undecided change of view (Safety 5)',
    file: 'paxos/leader.ts',
    before: 'if (isViewEntry(entry)) this.#stopped = true;',
    after: '',
  },
  {
    name: 'the value of the lowest ballot is adopted (Safety 5)',
    file: 'paxos/leader.ts',
    before: 'compareBallots(pvalue.ballot, known.ballot) > 0',
    after: 'compareBallots(pvalue.ballot, known.ballot) < 0',
  },
  {
    name: 'accepted values are not adopted (Safety 5)',
    file: 'paxos/leader.ts',
    before: 'this.propose(highest.get(this.#nextSlot)?.entry ?? NOOP);',
    after: 'this.propose(NOOP);',
  },
  {
    name: 'a candidate does not learn what others know to be decided (Safety 5)',
    file: 'paxos/leader.ts',
    before: 'if (this.behind !== undefined) return;',
    after: '',
    rare: true,
  },
  {
    name: 'a promise reports nothing that was accepted (Safety 5)',
    file: 'paxos/acceptor.ts',
    before: '.filter((pvalue) => pvalue.slot >= message.from)',
    after: '.filter((pvalue) => pvalue.slot < message.from)',
  },
  {
    name: 'an acceptor votes below its promise (Safety 5)',
    file: 'paxos/acceptor.ts',
    before: '    const order = compareBallots(ballot, this.#promised);\n    if (order < 0) {',
    after:
      '    const order = Math.abs(compareBallots(ballot, this.#promised));\n    if (order < 0) {',
  },
  {
    name: 'an acceptor promises below its promise (Safety 5)',
    file: 'paxos/acceptor.ts',
    before: 'const order = compareBallots(message.ballot, this.#promised);',
    after: 'const order = Math.abs(compareBallots(message.ballot, this.#promised));',
  },
  {
    name: 'an acceptor learns with a value of another ballot (Safety 6)',
    file: 'paxos/acceptor.ts',
    before: 'if (pvalue === undefined || !sameBallot(pvalue.ballot, ballot)) return;',
    after: 'if (pvalue === undefined || compareBallots(pvalue.ballot, ballot) > 0) return;',
  },
  {
    name: 'a request is executed again when it comes again (Safety 7)',
    file: 'paxos/sessions.ts',
    before: 'if (item.sequence < session.next) {',
    after: 'if (item.sequence + 1 < session.next) {',
    rare: true,
  },
  {
    name: 'the session table is not in the snapshot (Safety 7)',
    file: 'paxos/sessions.ts',
    before: '      this.#add(session);\n    }\n    if (this.#replies.overLimit)',
    after: '    }\n    if (this.#replies.overLimit)',
  },
  {
    name: 'replies are dropped before the client has them (Safety 7)',
    file: 'paxos/sessions.ts',
    before: 'const below = Math.min(lowWater, session.next);',
    after: 'const below = session.next;',
  },
  {
    name: 'a request whose reply is given up is said never to have happened (Safety 7)',
    file: 'paxos/reply.ts',
    before: 'const FORGOTTEN = Uint8Array.of(REPLY.forgotten);',
    after: 'const FORGOTTEN = Uint8Array.of(REPLY.cancelled);',
  },
  {
    name: 'replies are released as soon as they are planned to be (Safety 7)',
    file: 'paxos/sessions.ts',
    before: 'const last = this.#dropped.at(-1);',
    after: 'this.#replies.release([cell]);\n    const last = this.#dropped.at(-1);',
  },
  {
    name: 'a resolve does not forbid what was not applied (Safety 7)',
    file: 'paxos/sessions.ts',
    before: 'session.forbidden.add(target.sequence);',
    after: 'void target;',
    rare: true,
  },
  {
    name: 'a leader serves reads before an entry of its own ballot (Safety 8)',
    file: 'paxos/reads.ts',
    before:
      'if (!leader.leading || leader.ownSlot === undefined || this.#log.commit < leader.ownSlot) return;',
    after: 'if (leader.ballot.round < 1) return;',
    rare: true,
  },
  {
    name: 'reads are not confirmed by a quorum (Safety 8)',
    file: 'paxos/reads.ts',
    before: 'read.round !== undefined && read.round <= confirmedRound;',
    after: 'read.round !== undefined;',
    rare: true,
  },
  {
    name: 'reads do not wait for the applied index (Safety 8)',
    file: 'paxos/reads.ts',
    before: 'this.#applier.applied >= Math.max(read.index, atLeast);',
    after: 'this.#applier.applied >= atLeast;',
    rare: true,
  },
  {
    name: 'a stale read goes back behind what its client has seen (Safety 8)',
    file: 'paxos/reads.ts',
    before: 'this.#applier.applied >= Math.max(read.index, atLeast);',
    after: 'this.#applier.applied >= read.index;',
  },
  {
    name: 'an index for reads is fresh for ever (Safety 8)',
    file: 'paxos/freshness.ts',
    before: 'proof !== undefined && reaches(proof.since, arrived, maxLagMs)',
    after: 'proof !== undefined && arrived.at + maxLagMs >= 0',
  },
  {
    name: 'the log is cut before the snapshot is durable (Safety 10)',
    file: 'paxos/applier.ts',
    before: "this.#context.effect({ kind: 'takeSnapshot',",
    after:
      "this.#context.effect({ kind: 'truncate', through: this.#applied });" +
      "this.#context.effect({ kind: 'takeSnapshot',",
  },
  {
    name: 'the digest starts anew at a snapshot (Safety 9)',
    file: 'paxos/applier.ts',
    before: 'this.#digest = Digest.from(reader.text());',
    after: 'reader.text();',
  },
  {
    name: 'a call overtakes the reads that its session made before it (Clients)',
    file: 'session/exchange.ts',
    before: 'if (!this.#link.leads || this.#reads.size > 0 || !this.#isReady(now)) return false;',
    after: 'if (!this.#link.leads || !this.#isReady(now)) return false;',
  },
  {
    name: 'what was heavy is told at once (stuck)',
    file: 'paxos/stuck.ts',
    before: 'const withholds = leader !== undefined && this.#heavy > applier.skips.firm;',
    after: 'const withholds = leader !== undefined && this.#heavy < 0;',
  },
  {
    name: 'whoever executed a call that is taken out goes on (stuck)',
    file: 'paxos/stuck.ts',
    before: 'if (contradicted !== undefined && !applier.halted) this.#replica.halt(skips.newest);',
    after: '',
  },
  {
    name: "a killed call's effect is kept (world)",
    file: 'realm/dispatcher.ts',
    before: 'if (this.#killed) break;',
    after: 'this.#killed = false;',
    object: 'Ledger',
  },
  {
    name: 'the way back forgets a command (world)',
    file: 'worlds/world-executor.ts',
    before: 'this.#follow(commands.slice(0, kept));',
    after: 'this.#follow(commands.slice(1, kept));',
    object: 'Ledger',
  },
  {
    name: 'the way back leads behind a state that was taken up (world)',
    file: 'worlds/world-executor.ts',
    before: "this.#world = world;\n      this.#rebase(state);\n      done('restored');",
    after: "this.#world = world;\n      done('restored');",
    object: 'Ledger',
  },
  {
    name: 'variables of the module are no state (world)',
    file: 'realm/dispatcher.ts',
    before: 'return captureState({ object: machine.object, scopes: this.#scopes }, this.#code);',
    after: 'return captureState({ object: machine.object, scopes: [] }, this.#code);',
    object: 'Ledger',
  },
  {
    name: 'the calls of a slot share their chance (world)',
    file: 'realm/moment.ts',
    before: 'new Random(seed + index * 0x1_0000_0000)',
    after: 'new Random(seed + index * 0)',
    object: 'Ledger',
  },
  ...WAITING_MUTATIONS,
  {
    name: 'a member that is started again as another kind does not say so (Safety 5, Kinds)',
    file: 'paxos/stranger.ts',
    before: 'return known !== undefined && known.nameServer !== self.nameServer;',
    after: 'return false;',
  },
  {
    name: 'a leader that is of another kind than the view says leaves it so (Safety 5, Kinds)',
    file: 'paxos/membership.ts',
    before: 'new Map(this.#otherKind).set(self.id, self)',
    after: 'new Map(this.#otherKind)',
  },
];
