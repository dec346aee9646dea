/** What a replica knows of its instance, as its supervisor keeps it. */
export interface Standing {
  /** `addr:port` of all members. */
  readonly members: readonly string[];
  readonly leads: boolean;
}

const MOST_MEMBERS = 1000;
const LONGEST_ADDRESS = 300;

/**
 * The way from a replica to the supervisor that started it, at each change of its standing. A supervisor that
 * asked now and then would not know whom to join when it is killed in between.
 */
export class StandingChannel {
  #told = '';

  /** Says nothing twice. Without a supervisor there is no channel. */
  tell(standing: Standing): void {
    const text = JSON.stringify(standing);
    if (!process.connected || text === this.#told) return;
    this.#told = text;
    // When the channel breaks, the supervisor is gone: that is heard elsewhere.
    process.send?.(standing, undefined, undefined, () => undefined);
  }
}

/** Of a message of a replica; undefined when it is no standing. */
export function standingIn(message: unknown): Standing | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { leads, members } = message as Partial<Record<keyof Standing, unknown>>;
  if (typeof leads !== 'boolean' || !Array.isArray(members)) return undefined;
  if (members.length === 0 || members.length > MOST_MEMBERS) return undefined;
  const isAddress = (member: unknown): member is string =>
    typeof member === 'string' && member.length <= LONGEST_ADDRESS;
  return members.every(isAddress) ? { leads, members } : undefined;
}
