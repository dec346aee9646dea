import { assert, ByteReader, ByteWriter, Digest, limits, MalformedBytes } from '../base/index.ts';
import type { Slot } from './ballot.ts';
import { CHECKPOINT_SLOTS, Checkpoints } from './checkpoints.ts';
import type { Context } from './context.ts';
import type { Command } from './effect.ts';
import { decodeEntry } from './entry.ts';
import type { CallPlace, Entry } from './entry.ts';
import { Execution } from './execution.ts';
import { DEFAULT_RETENTION } from './log.ts';
import type { Log, Retention } from './log.ts';
import { allDiffer } from './message.ts';
import type { Checkpoint, SnapshotName } from './message.ts';
import { eventOf, isExecuted } from './plan.ts';
import type { Plan } from './plan.ts';
import { Sessions } from './sessions.ts';
import { Settler } from './settler.ts';
import type { Outcomes } from './settler.ts';
import { Skips } from './skips.ts';
import { SnapshotSchedule } from './snapshot-schedule.ts';
import { readView, writeView } from './view-format.ts';
import type { View } from './view.ts';

/** Commands handed to the executor at once: enough to amortise the way there, few enough to stay prompt. */
const EXECUTE_COMMANDS = 4096;
const EXECUTE_SLOTS = 256;
const SNAPSHOT_VERSION = 2;

interface PlannedSlot {
  readonly slot: Slot;
  readonly entry: Entry;
  readonly plans: readonly Plan[];
  /** The log's time there. */
  readonly time: number;
  readonly view: View | undefined;
}

/**
 * The replicated state machine: feeds decided slots in order to the session table and the executor, keeps
 * the rolling digest, and says when a snapshot is due. Everything here is a function of the decided log, so
 * it is the same on every replica at the same slot, however the slots are grouped on their way through.
 */
export class Applier {
  readonly #context: Context;
  readonly #log: Log;
  readonly sessions: Sessions;
  #applied: Slot;
  /** The view that governs the slot after `applied`. */
  #view: View;
  /** The greatest time in the log so far: what objects see never goes back. */
  #time = 0;
  #digest = new Digest();
  readonly #checkpoints = new Checkpoints();
  readonly skips: Skips;
  #planned: PlannedSlot[] = [];
  readonly execution = new Execution();
  readonly #schedule: SnapshotSchedule;
  /** Set while a snapshot is being captured: execution goes on, a second capture does not start. */
  #capturing = false;
  /** What is being captured is the state of a replica that was found to differ since. */
  #captureDiffers = false;
  #halted = false;
  /** See `stopped`. */
  #stopped: Slot | undefined;
  /** A snapshot is on its way into the executor: what is executed until then belongs to the old state. */
  #installing = false;

  constructor(context: Context, log: Log, retention: Retention = DEFAULT_RETENTION) {
    this.#context = context;
    this.#log = log;
    this.#schedule = new SnapshotSchedule(retention);
    this.sessions = new Sessions(retention.replyBytes);
    this.skips = new Skips(log);
    this.#applied = log.commit;
    this.#view = log.view;
  }

  /** The highest slot that the object has executed. */
  get applied(): Slot {
    return this.#applied;
  }

  get view(): View {
    return this.#view;
  }

  /** The greatest time in the log so far, ms since 1970. */
  get time(): number {
    return this.#time;
  }

  /** A batch is at the executor. */
  get busy(): boolean {
    return this.execution.busy;
  }

  /** So much is decided and not executed that no more should be proposed. */
  get lags(): boolean {
    const { APPLY_LAG_BYTES, APPLY_LAG_SLOTS } = limits;
    return this.#log.exceeds(this.#applied, APPLY_LAG_SLOTS, APPLY_LAG_BYTES);
  }

  /** The slot whose state the executor has when it has done everything that it was given. */
  get dispatched(): Slot {
    return this.#planned.at(-1)?.slot ?? this.#applied;
  }

  /** This replica's state is not to be trusted: nothing is executed until a snapshot is installed. */
  get halted(): boolean {
    return this.#halted || this.#stopped !== undefined;
  }

  /** The slot at which no majority of members had the same state: then nobody's snapshot helps either. */
  get stopped(): Slot | undefined {
    return this.#stopped;
  }

  /** A majority has another state: one of its snapshots will help. */
  halt(): void {
    this.#halted = true;
    this.#stopped = undefined;
    this.#captureDiffers = this.#capturing;
  }

  /** No majority has the same state; not even a snapshot that is being loaded ends that. */
  stop(slot: Slot): void {
    this.halt();
    this.#stopped = slot;
  }

  /** Whether decided slots are being executed; not so while halted, and while a snapshot is loaded. */
  get runs(): boolean {
    return !this.halted && !this.#installing && this.stuckAt === undefined;
  }

  /** Stops at the batch under way, because the executor is about to load a snapshot. */
  installing(state: 'begins' | 'failed'): void {
    this.#installing = state === 'begins';
  }

  /** The call that cannot be finished here: the batch under way waits at it. */
  get stuckAt(): CallPlace | undefined {
    return this.execution.stuckAt;
  }

  /** The first call that was executed here and should not have been: the state is right up to it. */
  get contradicted(): CallPlace | undefined {
    return this.skips.contradict(this.#applied);
  }

  /** The executor cannot finish a call; `results` are those of the calls before it. */
  stuck({ slot, index }: CallPlace, results: readonly Uint8Array[], outcomes: Outcomes): void {
    if (this.halted) return;
    this.execution.stuck({ slot, index }, results);
    this.#context.notice({ kind: 'stuck', slot, index });
    // How far this replica has come decides who should lead.
    const at = this.#planned.findIndex((planned) => planned.slot === slot);
    assert(at >= 0, 'the executor is stuck in what was planned');
    const rest = this.#planned.splice(at);
    const count = this.#planned.flatMap(({ plans }) => plans).filter(isExecuted).length;
    this.#settle(this.execution.take(count), outcomes);
    this.#planned = rest;
  }

  /** The digest after `slot`, when it is a checkpoint that is still kept. */
  checkpoint(slot: Slot): string | undefined {
    return this.#checkpoints.at(slot);
  }

  /** The newest checkpoint at or below `slot`. */
  checkpointUpTo(slot: Slot): Checkpoint | undefined {
    return this.#checkpoints.upTo(Math.min(slot, this.#applied));
  }

  /** What this replica has to say when states up to `slot` are compared. */
  reportUpTo(slot: Slot): Checkpoint | undefined {
    if (this.#stopped !== undefined) return allDiffer(this.#stopped);
    return this.#halted ? undefined : this.checkpointUpTo(slot);
  }

  /** Starts on decided slots unless the executor is busy. Repeats for slots that need no executor. */
  advance(outcomes: Outcomes): void {
    this.skips.learn();
    const stuck = this.stuckAt;
    if (stuck !== undefined && !this.halted && !this.#installing && this.skips.heed(stuck)) {
      this.#skip(stuck);
    }
    while (!this.execution.busy && this.runs && this.#applied < this.#log.commit) {
      const commands = this.#plan();
      if (commands.length > 0) {
        this.execution.begin(commands);
        this.#execute(commands);
        return;
      }
      this.#settle([], outcomes);
    }
  }

  #execute(commands: readonly Command[]): void {
    const last = (this.#planned.at(-1) as PlannedSlot).slot;
    this.#context.effect({ kind: 'execute', last, commands });
  }

  /** From the call on that could not be finished here. */
  tryAgain(): void {
    assert(this.stuckAt !== undefined, 'only who is stuck tries again');
    if (!this.halted && !this.#installing) this.#execute(this.execution.tryAgain());
  }

  #skip({ slot, index }: CallPlace): void {
    this.#context.notice({ kind: 'skipped', slot, index });
    this.#execute(this.execution.goOnWithout());
  }

  /** Plans decided slots up to a bound, or up to the slot at which a snapshot is due. */
  #plan(): Command[] {
    assert(this.#planned.length === 0, 'plans are settled before more are made');
    const commands: Command[] = [];
    let bytes = 0;
    let slots = 0;
    let slot = this.#applied;
    while (slot < this.#log.commit && commands.length < EXECUTE_COMMANDS) {
      slot++;
      const entry = this.#log.at(slot);
      assert(entry !== undefined, 'a decided slot that is not applied is kept');
      this.#planSlot(slot, entry, commands);
      bytes += entry.length;
      slots++;
      if (this.#schedule.isDueAfter(bytes, slots)) break;
      if (this.#planned.length >= EXECUTE_SLOTS) break;
    }
    return commands;
  }

  #planSlot(slot: Slot, entry: Entry, commands: Command[]): void {
    const content = decodeEntry(entry);
    if (content.kind !== 'batch') {
      const view = content.kind === 'view' ? content.view : undefined;
      this.#planned.push({ slot, entry, plans: [], time: this.#time, view });
      return;
    }
    this.#time = Math.max(this.#time, content.time);
    const plans = content.items.map((item) => this.sessions.plan(slot, item));
    const { seed } = content;
    const time = this.#time;
    plans.forEach((plan, index) => {
      const command = commandOf(plan, { slot, index, time, seed });
      if (command === undefined) return;
      commands.push(this.skips.heed(command) ? { ...command, skipped: true } : command);
    });
    this.#planned.push({ slot, entry, plans, time, view: undefined });
  }

  /** The executor's answer to `execute`. */
  executed(last: Slot, results: readonly Uint8Array[], outcomes: Outcomes): void {
    if (this.halted) return;
    assert(this.execution.busy, 'results answer an execution');
    assert(
      (this.#planned.at(-1) as PlannedSlot).slot === last,
      'results answer the execution under way',
    );
    this.#settle(this.execution.finish(results), outcomes);
    this.advance(outcomes);
  }

  #settle(results: readonly Uint8Array[], outcomes: Outcomes): void {
    let used = 0;
    for (const { slot, entry, plans, time, view } of this.#planned) {
      this.#digest.integer(slot).bytes(entry);
      const settler = new Settler(this.sessions, { slot, time }, this.#digest, outcomes);
      for (const plan of plans) {
        settler.settle(plan, isExecuted(plan) ? results[used++] : undefined);
      }
      this.sessions.slotSettled(slot);
      if (view !== undefined) this.#view = view;
      this.skips.applied(entry);
      this.#applied = slot;
      this.#schedule.applied(entry.length);
      if (slot % CHECKPOINT_SLOTS === 0) this.#checkpoints.keep(slot, this.#digest.hex());
    }
    assert(used === results.length, 'one command for each result');
    this.#planned = [];
    if (this.#schedule.take()) this.takeSnapshot();
  }

  /** Captures the state as of `applied`. Does nothing while a capture or an execution is under way. */
  takeSnapshot(): void {
    // Before anything was decided there is nothing that a snapshot could save anybody.
    if (this.#applied === 0 || this.#capturing || this.execution.busy || !this.runs) return;
    this.#capturing = true;
    this.#context.effect({ kind: 'takeSnapshot', slot: this.#applied, header: this.#header() });
  }

  /** Returns whether it is of any use: a state that differs must not be handed to anybody (Safety 9). */
  snapshotTaken(snapshot: SnapshotName): boolean {
    assert(this.#capturing, 'a snapshot was asked for');
    this.#capturing = false;
    const differs = this.#captureDiffers;
    this.#captureDiffers = false;
    this.#schedule.snapshotBytes = snapshot.bytes;
    if (!differs) this.#context.notice({ kind: 'snapshotTaken', slot: snapshot.slot });
    return !differs;
  }

  /** The log stays as it is, and the next snapshot that is due makes up for it. */
  snapshotFailed(): void {
    assert(this.#capturing, 'a snapshot was asked for');
    this.#capturing = false;
    this.#captureDiffers = false;
  }

  /** Everything but the object: the same bytes on every replica at the same slot. */
  #header(): Uint8Array {
    const writer = new ByteWriter(4096).u8(SNAPSHOT_VERSION);
    writer.varint(this.#applied).varint(this.#time).text(this.#digest.hex());
    this.#schedule.write(writer);
    const checkpoint = this.checkpointUpTo(this.#applied);
    writer.varint(checkpoint?.slot ?? 0).text(checkpoint?.digest ?? '');
    writeView(writer, this.#view);
    this.sessions.write(writer);
    this.skips.write(writer);
    return writer.finish();
  }

  /** Continues from a snapshot whose object the executor holds already. Returns its slot and view. */
  install(header: Uint8Array, bytes: number): { readonly slot: Slot; readonly view: View } {
    const reader = new ByteReader(header);
    const version = reader.u8();
    if (version < 1 || version > SNAPSHOT_VERSION) {
      throw new MalformedBytes(`snapshot of version ${version}`);
    }
    this.#applied = reader.varint();
    this.#time = reader.varint();
    this.#digest = Digest.from(reader.text());
    this.#schedule.read(reader);
    // Without it, who has just installed could not be compared before the next checkpoint (Safety 9).
    const checkpoint = { slot: reader.varint(), digest: reader.text() };
    this.#view = readView(reader);
    this.sessions.read(reader, version);
    this.skips.read(reader, this.#applied);
    reader.end();
    this.#schedule.snapshotBytes = bytes;
    this.#planned = [];
    this.#halted = false;
    this.#installing = false;
    this.execution.abandon();
    this.#checkpoints.restart(checkpoint);
    return { slot: this.#applied, view: this.#view };
  }
}

/** What is executed for a plan, if anything is. */
function commandOf(
  plan: Plan,
  at: Pick<Command, 'slot' | 'index' | 'time' | 'seed'>,
): Command | undefined {
  if (plan.kind === 'execute') {
    // By name: spreads are slow, and every replica comes by here with every call.
    const { index, seed, slot, time } = at;
    const { session, sequence } = plan.name;
    return { slot, index, time, seed, session, sequence, bytes: plan.command };
  }
  const asked = eventOf(plan);
  return asked === undefined
    ? undefined
    : { ...at, ...asked.name, bytes: NOTHING, event: asked.event };
}

const NOTHING = new Uint8Array(0);
