/** Bounds of the Node.js ports; those that the protocol shares are in `limits` of base. */

const KiB = 1024;
const MiB = 1024 * KiB;

/** One file of the write-ahead log. */
export const SEGMENT_BYTES = 16 * MiB;
/** Records that share one write and one sync; a single larger record still gets a block of its own. */
export const BLOCK_TARGET_BYTES = 4 * MiB;
/** Truncated segments kept for reuse; more are deleted. */
export const MAX_SPARE_SEGMENTS = 2;
/** How long the log waits before it tries a full disk again. */
export const DISK_RETRY_MS = 250;

/** One write, read or hash step of a snapshot: short enough that the event loop stays responsive. */
export const SNAPSHOT_STEP_BYTES = 256 * KiB;
/** Bytes of a snapshot between syncs: one sync of everything would hold up that of the log. */
export const SNAPSHOT_SYNC_BYTES = 8 * MiB;
/** Space set aside for the first snapshot; later, the one before the newest takes its place. */
export const SNAPSHOT_RESERVE_BYTES = 16 * MiB;
/** A snapshot that was read this recently is kept beside the newest one. */
export const SNAPSHOT_SERVED_MS = 60_000;
/** A header in a snapshot: sessions, views and code. */
export const MAX_SNAPSHOT_HEADER_BYTES = 1024 * MiB;

/** From accepting a connection to its first frame, and from dialling to the welcome. */
export const HELLO_TIMEOUT_MS = 5_000;
/** A frame that has begun must be complete by then; a sender this slow only holds our memory. */
export const FRAME_TIMEOUT_MS = 30_000;
/** Both ends of a link between replicas send at least this often, so that silence means a broken link. */
export const LINK_PING_MS = 1_000;
export const LINK_SILENCE_MS = 4_000;
export const REDIAL_MIN_MS = 20;
export const REDIAL_MAX_MS = 250;
/** Another life answered at a member's address: the view must change first, so there is no hurry. */
export const REDIAL_STRANGER_MS = 1_000;
/** Bytes queued to one replica; beyond, messages are dropped, and the protocol repeats them. */
export const PEER_BACKLOG_BYTES = 32 * MiB;
/** Bytes queued to one client at which its requests are not read any more. */
export const CLIENT_PAUSE_BYTES = 1 * MiB;
/** Chunks smaller than this are copied together before they are written. */
export const COALESCE_BYTES = 16 * KiB;
/** Refused connections that may still be open to receive their refusal. */
export const REFUSED_CONNECTIONS = 256;
export const FIRST_PORT = 14_000;
export const LAST_PORT = 15_000;
