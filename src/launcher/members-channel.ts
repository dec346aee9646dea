/**
 * What a replica tells the supervisor that started it: who is a member, at each change of the view. To ask it
 * now and then is not enough: one that is killed in between would not know whom to join.
 */
const MOST_MEMBERS = 1000;
const LONGEST_ADDRESS = 300;

/** From this process to the one that started it, when there is a channel. */
export class MembersChannel {
  #told = '';

  /** Says nothing twice: there may be nobody at the other end who takes it. */
  tell(members: readonly string[]): void {
    const text = members.join();
    if (!process.connected || text === this.#told) return;
    this.#told = text;
    // When the channel breaks, the supervisor is gone: that is heard elsewhere.
    process.send?.({ members }, undefined, undefined, () => undefined);
  }
}

/** Of a message of a replica; undefined when it is none of these. */
export function membersTold(message: unknown): readonly string[] | undefined {
  if (typeof message !== 'object' || message === null || !('members' in message)) return undefined;
  const { members } = message;
  if (!Array.isArray(members) || members.length === 0 || members.length > MOST_MEMBERS)
    return undefined;
  const isAddress = (member: unknown): member is string =>
    typeof member === 'string' && member.length <= LONGEST_ADDRESS;
  return members.every(isAddress) ? members : undefined;
}
