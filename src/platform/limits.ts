/** Bounds of the Node.js ports; those that the protocol shares are in `limits` of base. */

const KiB = 1024;
const MiB = 1024 * KiB;

/** One file of the write-ahead log. */
export const SEGMENT_BYTES = 16 * MiB;
/**
 * Records that share one write and one sync; a single larger record still gets a block of its own.
 */
export const BLOCK_TARGET_BYTES = 4 * MiB;
/** Up to here a block may be written while everything else waits, when the disk is quick: a few calls. */
export const WAIT_FOR_BYTES = 1 * KiB;
/** Truncated segments kept for reuse; more are deleted. */
export const MAX_SPARE_SEGMENTS = 2;
/** How long the log waits before it tries a full disk again. */
export const DISK_RETRY_MS = 250;

/**
 * One write, read or hash step of a snapshot: short enough that the event loop stays responsive.
 */
export const SNAPSHOT_STEP_BYTES = 256 * KiB;
/** Bytes of a snapshot between syncs: one sync of everything would hold up that of the log. */
export const SNAPSHOT_SYNC_BYTES = 8 * MiB;
/** Space set aside for the first snapshot; later, the one before the newest takes its place. */
export const SNAPSHOT_RESERVE_BYTES = 16 * MiB;
/** A snapshot that was read this recently is kept beside the newest one. */
export const SNAPSHOT_SERVED_MS = 60_000;
/** A header in a snapshot: sessions, views and code. */
export const MAX_SNAPSHOT_HEADER_BYTES = 1024 * MiB;

/**
 * Connections that wait to be accepted while the process is busy. Beyond, the system drops the end of their
 * handshakes: they believe that they are connected, and never hear otherwise.
 */
export const ACCEPT_BACKLOG = 4096;
/** From accepting a connection to its hello, and from dialling to the welcome. */
export const HELLO_TIMEOUT_MS = 5_000;
export const DIAL_TIMEOUT_MS = 2_000;
/** A hello is small: nothing larger is read before it was accepted. */
export const MAX_HELLO_BYTES = 16 * KiB;
/** What a question or answer of an operator may have. */
export const MAX_CONTROL_BYTES = 64 * KiB;
/** Code of a class is handed over in parts of this size. */
export const CODE_PART_BYTES = 1 * MiB;
/** How often connections are looked after; the other periods of connections count these. */
export const CONNECTION_TICK_MS = 1_000;
/** A frame that has begun must be complete by then; a sender this slow only holds our memory. */
export const FRAME_TICKS = 30;
/** Whoever takes nothing of what is sent for so long does not read. */
export const STUCK_TICKS = 30;
/**
 * Links between replicas carry a ping and a pong in every tick: silence means that the link is
 * broken.
 */
export const LINK_SILENCE_TICKS = 4;
/** How long what nobody waits for may be held back, to leave with other things in one write. */
export const LATER_MS = 20;
/** A connection that is ended has so long to take what was sent. */
export const LINGER_MS = 500;
/** Pauses between dials. Short at the top: survivors must meet a founder that is started again. */
export const REDIAL_MIN_MS = 20;
export const REDIAL_MAX_MS = 250;
/** Bytes queued to one replica; beyond, messages are dropped, and the protocol repeats them. */
export const PEER_BACKLOG_BYTES = 32 * MiB;
/** Bytes queued to one client at which its requests are not read any more. */
export const CLIENT_PAUSE_BYTES = 1 * MiB;
/** Bytes of frames that are not complete, over all connections; beyond, the largest are closed. */
export const UNFINISHED_BYTES = 256 * MiB;
/** Connections beyond the limit that may be open to receive their refusal. */
export const REFUSED_CONNECTIONS = 256;

/** Bytes of a state that are handed to a shadow at a time, and the pause between: nobody waits for it. */
export const SHADOW_STEP_BYTES = 1 * MiB;
export const SHADOW_STEP_MS = 5;
/** Heap of a world: a watchdog behind the meter (docs/world.md). */
export const WORLD_MEGABYTES = 1024;
