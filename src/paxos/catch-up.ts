import { limits } from '../base/index.ts';
import type { Acceptor } from './acceptor.ts';
import type { Applier } from './applier.ts';
import type { ReplicaId, Slot } from './ballot.ts';
import type { Context } from './context.ts';
import type { Entry } from './entry.ts';
import type { Log } from './log.ts';
import type { MessageOf, SnapshotName } from './message.ts';

/**
 * How a late replica learns what is decided: it asks for the entries after its commit index, and is handed
 * entries, or a snapshot when they are gone. It pulls, one piece at a time, so it never takes more than it
 * can store, and a transfer goes on with another sender when one dies.
 */
export class CatchUp {
  readonly #context: Context;
  readonly #log: Log;
  readonly #acceptor: Acceptor;
  readonly #applier: Applier;
  /** The newest snapshot that this replica holds, to be offered. */
  #held: SnapshotName | undefined;
  /** The records of slots up to here are deleted. */
  #cutThrough: Slot = 0;
  /** The highest slot that some replica says is decided, and who said so. */
  #target: { readonly commit: Slot; readonly holder: ReplicaId } | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #transfer: Transfer | undefined;
  /** Replicas to ask when the holder does not answer; the next one to try. */
  #others: readonly ReplicaId[] = [];
  #silences = 0;

  constructor(context: Context, log: Log, acceptor: Acceptor, applier: Applier) {
    this.#context = context;
    this.#log = log;
    this.#acceptor = acceptor;
    this.#applier = applier;
  }

  get held(): SnapshotName | undefined {
    return this.#held;
  }

  set held(snapshot: SnapshotName | undefined) {
    this.#held = snapshot;
    if (snapshot !== undefined) this.#cutThrough = Math.max(this.#cutThrough, snapshot.slot);
  }

  get transferring(): boolean {
    return this.#transfer !== undefined;
  }

  setOthers(others: readonly ReplicaId[]): void {
    this.#others = others;
  }

  /** `holder` says that everything up to `commit` is decided. */
  noteCommit(holder: ReplicaId, commit: Slot): void {
    if (commit <= this.#log.commit) return;
    if (this.#target !== undefined && commit < this.#target.commit) return;
    if (this.#target?.holder !== holder) this.#silences = 0;
    this.#target = { commit, holder };
  }

  /** Somebody knows more than this replica does. */
  get behind(): boolean {
    return this.#target !== undefined && this.#target.commit > this.#log.commit;
  }

  /** Asks at once, unless a question is under way. */
  ask(): void {
    const { now, timing } = this.#context;
    if (this.#target === undefined || this.#transfer !== undefined) return;
    if (this.#target.commit <= this.#log.commit) {
      this.#target = undefined;
      this.#silences = 0;
      return;
    }
    if (now - this.#askedAt < timing.resend) return;
    this.#askedAt = now;
    this.#context.send(this.#source(this.#target.holder), {
      kind: 'fetch',
      from: this.#log.commit + 1,
    });
    this.#silences++;
  }

  /** The holder, or after silence each of the others in turn, and the holder as every third. */
  #source(holder: ReplicaId): ReplicaId {
    const silences = this.#silences;
    if (silences < 2 || silences % 3 === 0 || this.#others.length === 0) return holder;
    // How many of them were asked before: to count all questions would never come to some of three others.
    const asked = silences - 2 - Math.floor((silences - 1) / 3);
    return this.#others[asked % this.#others.length] ?? holder;
  }

  /** Rebuilds from somebody else's snapshot, whatever is here (Safety 9). */
  rebuild(holder: ReplicaId): void {
    if (
      this.#transfer !== undefined ||
      this.#context.now - this.#askedAt < this.#context.timing.resend
    )
      return;
    this.#askedAt = this.#context.now;
    this.#context.send(holder, { kind: 'fetch', from: 0 });
  }

  /** Serves entries, or offers the snapshot that replaces them; slot 0 asks for a snapshot in any case. */
  onFetch(from: ReplicaId, message: MessageOf<'fetch'>): void {
    if (message.from < this.#log.first) {
      this.#offer(from);
      // Whoever rebuilds may need one that is newer than what is here.
      if (message.from === 0) this.#applier.takeSnapshot();
      return;
    }
    const entries: Entry[] = [];
    let bytes = 0;
    for (let slot = message.from; slot <= this.#log.commit; slot++) {
      const entry = this.#log.at(slot) as Entry;
      bytes += entry.length;
      entries.push(entry);
      if (bytes >= limits.CATCH_UP_BYTES || entries.length >= limits.CATCH_UP_SLOTS) break;
    }
    const { commit } = this.#log;
    if (entries.length > 0) {
      this.#context.send(from, { kind: 'decided', from: message.from, entries, commit });
    }
  }

  /** A snapshot of the own state, as long as that is trusted (Safety 9). */
  get #offered(): SnapshotName | undefined {
    return this.#applier.halted ? undefined : this.#held;
  }

  #offer(to: ReplicaId): void {
    const snapshot = this.#offered;
    if (snapshot !== undefined) this.#context.send(to, { kind: 'snapshotOffer', snapshot });
  }

  /** Appends decided entries that are new here. */
  onDecided(from: ReplicaId, message: MessageOf<'decided'>): void {
    message.entries.forEach((entry, index) => {
      const slot = message.from + index;
      if (slot === this.#log.commit + 1 && this.#log.fits(entry)) this.#acceptor.decide(entry);
    });
    this.#silences = 0;
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.noteCommit(from, message.commit);
    this.ask();
  }

  onOffer(from: ReplicaId, { snapshot }: MessageOf<'snapshotOffer'>): void {
    // Nobody knows whether its sender is right (Safety 9).
    if (this.#applier.stopped !== undefined) return;
    // A rebuild may go back, but not behind the entries that lead forward again.
    const rebuilds =
      this.#rebuilds(snapshot.slot) &&
      snapshot.slot + 1 >= this.#log.first &&
      // A restart would find neither records nor votes between it and where the log was cut.
      snapshot.slot >= this.#cutThrough;
    if (
      !(snapshot.slot > this.#log.commit || rebuilds) ||
      snapshot.bytes > limits.MAX_SNAPSHOT_BYTES
    )
      return;
    const current = this.#transfer;
    if (current?.installing === true) return;
    if (current !== undefined && sameSnapshot(current.snapshot, snapshot)) {
      // Who offers again what it is asked for cannot read it: to ask at once would go on for ever.
      if (current.source === from) return;
      this.#fetchFrom(from, current);
    } else if (current === undefined || current.silences > 2 || isGone(current, from, snapshot)) {
      this.#transfer = beginTransfer(snapshot, from);
      this.#fetchFrom(this.#sparing(from, snapshot), this.#transfer);
    } else if (current.source === from && current.offerer !== from) {
      // It has another one: then whoever offered this one has to hand it over.
      this.#fetchFrom(current.offerer, current);
    } else return;
    this.#fetchChunk();
  }

  /** Whether a state up to `slot` is of use in the place of the own one. */
  #rebuilds(slot: Slot): boolean {
    const { halted, stuckAt } = this.#applier;
    return halted || (stuckAt !== undefined && slot >= stuckAt.slot);
  }

  /**
   * Whom to ask first for what `holder` offers: somebody else, who most likely has the same. Who offers is
   * the leader as a rule, and has the most to do; and when it dies, the transfer should not be hit as well.
   */
  #sparing(holder: ReplicaId, snapshot: SnapshotName): ReplicaId {
    // What is made for a rebuild is made by who was asked, and by nobody else.
    if (this.#rebuilds(snapshot.slot)) return holder;
    const others = this.#others.filter((other) => other !== holder);
    return others[snapshot.slot % others.length] ?? holder;
  }

  #fetchFrom(source: ReplicaId, transfer: Transfer): void {
    if (transfer.source === source) return;
    transfer.source = source;
    const { offset, snapshot } = transfer;
    this.#context.notice({ kind: 'fetching', source, snapshot, offset });
  }

  /** The next part, unless the transfer was so quick that it has to rest until a tick. */
  #fetchNext(transfer: Transfer): void {
    const { now } = this.#context;
    const earned = (now - transfer.paidAt) * limits.SNAPSHOT_BYTES_PER_MS;
    transfer.credit = Math.min(transfer.credit + earned, limits.SNAPSHOT_BURST_BYTES);
    transfer.paidAt = now;
    transfer.resting = transfer.credit < 0;
    if (transfer.resting) return;
    transfer.credit -= limits.SNAPSHOT_CHUNK_BYTES;
    this.#fetchChunk();
  }

  #fetchChunk(): void {
    const transfer = this.#transfer;
    if (transfer === undefined || transfer.installing) return;
    transfer.askedAt = this.#context.now;
    const { snapshot, offset, source } = transfer;
    if (source === undefined) return;
    this.#context.send(source, { kind: 'snapshotFetch', snapshot, offset });
  }

  /** Serves a part, also of an older snapshot: under load a transfer takes longer than the next one. */
  onSnapshotFetch(from: ReplicaId, { snapshot, offset }: MessageOf<'snapshotFetch'>): void {
    if (this.#offered !== undefined) {
      this.#context.effect({ kind: 'serveChunk', to: from, snapshot, offset });
    }
  }

  /** A snapshot that is gone is answered with the one that is here. */
  chunkMissing(from: ReplicaId): void {
    this.#offer(from);
  }

  onChunk(from: ReplicaId, message: MessageOf<'snapshotChunk'>): void {
    const transfer = this.#transfer;
    if (transfer === undefined || !sameSnapshot(transfer.snapshot, message.snapshot)) return;
    if (transfer.installing || transfer.storing || message.offset !== transfer.offset) return;
    // Others may have been asked meanwhile.
    this.#fetchFrom(from, transfer);
    transfer.storing = true;
    transfer.silences = 0;
    transfer.askedAt = this.#context.now;
    const { snapshot, offset, chunk } = message;
    this.#context.effect({ kind: 'storeChunk', snapshot, offset, chunk });
  }

  onChunkStored(snapshot: SnapshotName, offset: number): void {
    const transfer = this.#transfer;
    if (transfer === undefined || !sameSnapshot(transfer.snapshot, snapshot)) return;
    // A part that came twice is stored twice, and must not be installed twice.
    if (transfer.installing) return;
    transfer.storing = false;
    transfer.offset = offset;
    if (offset < snapshot.bytes) {
      this.#fetchNext(transfer);
      return;
    }
    // Meanwhile the log may have brought this replica further than the snapshot would, and have been cut.
    const { commit, first } = this.#log;
    const isCut =
      snapshot.slot < this.#cutThrough || (snapshot.slot < commit && snapshot.slot + 1 < first);
    if (isCut || (snapshot.slot <= this.#applier.applied && !this.#applier.halted)) {
      this.#transfer = undefined;
      return;
    }
    transfer.installing = true;
    this.#applier.installing('begins');
    this.#context.effect({ kind: 'installSnapshot', snapshot });
  }

  /** The executor holds the snapshot: the log continues behind it. */
  installed(snapshot: SnapshotName, header: Uint8Array): void {
    const { slot, view } = this.#applier.install(header, snapshot.bytes);
    // A rebuild may go back behind the commit index: the log still has what follows, or fetches it.
    if (slot >= this.#log.commit) this.#log.reset(slot, view);
    this.#acceptor.skipTo(slot);
    this.held = snapshot;
    this.#transfer = undefined;
    this.#context.notice({ kind: 'snapshotInstalled', slot });
    this.#context.effect({ kind: 'truncate', through: slot });
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.ask();
  }

  rejected(snapshot: SnapshotName): void {
    const transfer = this.#transfer;
    if (transfer?.installing !== true || !sameSnapshot(transfer.snapshot, snapshot)) return;
    this.#transfer = undefined;
    this.#applier.installing('failed');
  }

  /** Whom to ask for the next part when no answer came: who offered it, and then all in turn. */
  #afterSilence({ offerer, silences }: Transfer): ReplicaId {
    if (silences === 1) return offerer;
    return this.#others[silences % Math.max(1, this.#others.length)] ?? offerer;
  }

  /** Nothing comes any more from a sender whose connection broke: it is not waited for. */
  peerLost(id: ReplicaId): void {
    const transfer = this.#transfer;
    if (transfer?.source !== id || transfer.installing) return;
    transfer.silences++;
    const other = id === transfer.offerer ? this.#afterLoss(id) : transfer.offerer;
    this.#fetchFrom(other, transfer);
    if (!transfer.storing && !transfer.resting) this.#fetchChunk();
  }

  #afterLoss(id: ReplicaId): ReplicaId {
    return this.#others.find((other) => other !== id) ?? id;
  }

  /** A leader in office learns from votes, not from others. */
  abandon(): void {
    if (this.#transfer?.installing !== true) this.#transfer = undefined;
    this.#target = undefined;
  }

  /** Repeats what was not answered, elsewhere when the sender stays silent. */
  tick(): void {
    const transfer = this.#transfer;
    const { now, timing } = this.#context;
    if (transfer === undefined) {
      this.ask();
      return;
    }
    if (transfer.installing || transfer.storing) return;
    if (transfer.resting) this.#fetchNext(transfer);
    if (transfer.resting || now - transfer.askedAt < 3 * timing.resend) return;
    transfer.silences++;
    if (transfer.silences > 2 * (this.#others.length + 1)) {
      // Nobody has it any more: begin anew with whatever is offered.
      this.#transfer = undefined;
      this.ask();
      return;
    }
    this.#fetchFrom(this.#afterSilence(transfer), transfer);
    this.#fetchChunk();
  }
}

/** A snapshot on its way here. */
interface Transfer {
  readonly snapshot: SnapshotName;
  /** Who said that it has it. */
  readonly offerer: ReplicaId;
  /** Who is asked for the next part; undefined until somebody was chosen. */
  source: ReplicaId | undefined;
  /** Bytes stored without a gap. */
  offset: number;
  askedAt: number;
  /** Questions in a row that nobody answered. */
  silences: number;
  /** A part is on its way to the disk. */
  storing: boolean;
  installing: boolean;
  /** Bytes that may be asked for at once. */
  credit: number;
  /** When the credit was last counted. */
  paidAt: number;
  /** The next part waits until there is credit. */
  resting: boolean;
}

function beginTransfer(snapshot: SnapshotName, offerer: ReplicaId): Transfer {
  return {
    snapshot,
    offerer,
    source: undefined,
    offset: 0,
    askedAt: 0,
    silences: 0,
    storing: false,
    installing: false,
    credit: limits.SNAPSHOT_BURST_BYTES,
    paidAt: 0,
    resting: false,
  };
}

/** The sender of a transfer offers a newer snapshot: it does not have the other any more. */
function isGone(transfer: Transfer, from: ReplicaId, offered: SnapshotName): boolean {
  return transfer.source === from && offered.slot > transfer.snapshot.slot;
}

function sameSnapshot(a: SnapshotName, b: SnapshotName): boolean {
  return a.slot === b.slot && a.bytes === b.bytes && a.hash === b.hash;
}
