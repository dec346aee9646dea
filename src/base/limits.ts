import { assert } from './assert.ts';

/**
 * Every bound in one place. What exceeds a bound is refused with an error that says so, before it enters
 * the log; what reaches a bound that protects us is back-pressure, never a crash.
 */

const KiB = 1024;
const MiB = 1024 * KiB;

/** One command: the encoded method name and arguments. Checked by the client, again at the door. */
export const MAX_COMMAND_BYTES = 1 * MiB;
/** One reply, kept by every replica until its client has acknowledged it, or all together are too many. */
export const MAX_REPLY_BYTES = 1 * MiB;
/** A batch is closed when it passes this; a single larger command still gets a slot of its own. */
export const BATCH_TARGET_BYTES = 256 * KiB;
export const MAX_BATCH_ITEMS = 4096;
/** One entry in a slot: a batch plus one maximal command plus headers. */
export const MAX_ENTRY_BYTES = BATCH_TARGET_BYTES + MAX_COMMAND_BYTES + 64 * KiB;

/** Slots that a leader may have open (proposed, not known to be decided), and their bytes. */
export const WINDOW_SLOTS = 64;
export const WINDOW_BYTES = 8 * MiB;
/** An acceptor ignores accepts further than this beyond what it knows to be decided. */
export const ACCEPT_AHEAD_SLOTS = 2 * WINDOW_SLOTS;
export const ACCEPT_AHEAD_BYTES = 2 * WINDOW_BYTES + MAX_ENTRY_BYTES;
/**
 * Bytes of records that wait for the own disk. Beyond, a replica lets others' accepts and decided entries
 * pass by: two quick members never wait for a third whose disk is slow or full, and its memory must not pay
 * for that. Several windows, so that no hiccup of a healthy disk reaches it.
 */
export const UNDURABLE_BYTES = 64 * MiB;

/** Decided bytes after which the commit index is recorded, so that few votes look open after a restart. */
export const RECORD_COMMIT_BYTES = 1 * MiB;
/** Decided slots and bytes that the executor may be behind before no more is proposed. */
export const APPLY_LAG_SLOTS = 1024;
export const APPLY_LAG_BYTES = 16 * MiB;

/** A frame between replicas: the largest is a promise that carries every open pvalue. */
export const MAX_PEER_FRAME_BYTES = 24 * MiB;
/** A frame between client and replica. */
export const MAX_CLIENT_FRAME_BYTES = 2 * MiB;

/** Decided entries in one answer to a replica that catches up. */
export const CATCH_UP_BYTES = 1 * MiB;
export const CATCH_UP_SLOTS = 512;
/** Bytes of accepts sent to one replica and not yet acknowledged; beyond, it catches up by fetching. */
export const PEER_IN_FLIGHT_BYTES = 4 * MiB;
export const SNAPSHOT_CHUNK_BYTES = 256 * KiB;
/**
 * A transfer takes no more than so much in a millisecond, on average, and at once: the sender and whoever
 * else is on its machine have calls to serve.
 */
export const SNAPSHOT_BYTES_PER_MS = 24 * KiB;
export const SNAPSHOT_BURST_BYTES = 1 * MiB;

/** Decided entries kept in memory behind the snapshot, for replicas that are a little late. */
export const LOG_TAIL_BYTES = 8 * MiB;
export const LOG_TAIL_SLOTS = 8192;
/** A snapshot is due when the entries since the last one reach either of these. */
export const SNAPSHOT_EVERY_BYTES = 16 * MiB;
export const SNAPSHOT_EVERY_SLOTS = 32_768;
/** The object's captured state. */
export const MAX_STATE_BYTES = 1024 * MiB;

/** A snapshot: the object, and in front of it the session table with its replies. */
export const MAX_SNAPSHOT_BYTES = 2 * MAX_STATE_BYTES + 1 * MiB;

/** Requests of one session that may be outstanding, also the replies kept for it. */
export const SESSION_WINDOW = 1024;
/**
 * Bytes of the replies kept for all sessions. Beyond, the heaviest sessions give up some, and only remember
 * that their requests were applied: no client can be made to acknowledge, and every snapshot carries all
 * replies, in a header that is written in one piece. Replicas with another bound would have another table, so
 * to change it is to change the protocol.
 */
export const TABLE_REPLY_BYTES = 64 * MiB;
/** How long what a session owns outlasts the last sign of its client. */
export const DEFAULT_LEASE_MS = 10_000;
export const MIN_LEASE_MS = 1000;
export const MAX_LEASE_MS = 86_400_000;
/** Generations of an instance: each recovery of one that lost its majority begins another. */
export const MAX_GENERATIONS = 2048;
/**
 * Cancelled requests that a session remembers when their replies are gone. Of older ones nobody can say any
 * more whether they were cancelled or applied.
 */
export const SESSION_CANCELLED = 1024;
export const MAX_SESSIONS = 100_000;
/** Requests and their bytes that wait at the leader for a free slot, over all clients. */
export const QUEUE_REQUESTS = 65_536;
export const QUEUE_BYTES = 32 * MiB;
/** Reads that wait at the leader. */
export const QUEUE_READS = 65_536;
/** Reads of one connection that wait. */
export const CONNECTION_READS = 4096;

/** Members of one view; more replicas cost more than they add. */
export const MAX_MEMBERS = 64;
export const MAX_ADDRESS_BYTES = 300;
export const MAX_CONNECTIONS = 20_000;
/** Bytes queued to one client that does not read; beyond, the connection is closed. */
export const CONNECTION_BACKLOG_BYTES = 8 * MiB;
/** Depth of nesting in arguments and results. */
export const MAX_VALUE_DEPTH = 200;

/** One source file of a user's class, or of a package that it imports. */
export const MAX_SOURCE_BYTES = 4 * MiB;
/** A class with everything that it imports, as code that replicas hand to one another. */
export const MAX_BUNDLE_BYTES = 8 * MiB;

assert(MAX_ENTRY_BYTES < WINDOW_BYTES, 'one entry fits into the window');
assert(ACCEPT_AHEAD_BYTES < UNDURABLE_BYTES, 'all open slots may wait for the disk');
assert(
  ACCEPT_AHEAD_BYTES + 1 * MiB < MAX_PEER_FRAME_BYTES,
  'a promise with every open pvalue fits a frame',
);
assert(
  CATCH_UP_BYTES + MAX_ENTRY_BYTES < MAX_PEER_FRAME_BYTES,
  'an answer to a fetch fits a frame',
);
assert(MAX_COMMAND_BYTES < MAX_CLIENT_FRAME_BYTES, 'a command fits a frame');
assert(MAX_REPLY_BYTES < MAX_CLIENT_FRAME_BYTES, 'a reply fits a frame');
assert(
  MAX_REPLY_BYTES + 2 < TABLE_REPLY_BYTES / 4,
  'a reply can be kept when others are given up for it',
);
assert(
  MAX_STATE_BYTES + TABLE_REPLY_BYTES < MAX_SNAPSHOT_BYTES,
  'the largest object and all kept replies fit a snapshot',
);
assert(MAX_BUNDLE_BYTES < MAX_PEER_FRAME_BYTES, 'a bundle fits a frame');
