import { BareProxy, close, invoke } from '../client/index.ts';
import { ConCoordError } from '../base/index.ts';
import { SPECIAL_METHOD } from '../object/index.ts';
import { fenceOf } from '../session/index.ts';
import { findMembers, showWhereabout } from './find-members.ts';
import type { Whereabouts } from './find-members.ts';
import { EXIT, print, say, UsageError } from './output.ts';
import { fetchStatus } from './status-command.ts';
import type { FoundToken } from './token-source.ts';

export interface LocksFlags {
  readonly json?: boolean;
  /** `SESSION:NUMBER`. */
  readonly end?: string;
}

/** A call, as programs read it. */
interface CallName {
  readonly session: number;
  /** The number of the call in its session. */
  readonly call: number;
}

interface Owner extends CallName {
  /** In decimal digits: JSON has no numbers of 63 bits. */
  readonly fence: string;
}

interface Place {
  readonly place: string;
  readonly owners: readonly Owner[];
  readonly waiters: readonly CallName[];
}

/**
 * `concoord locks`: who owns what of the object, and who waits for it; ends one of them.
 *
 * @param token Of the instance, for its replicas and, in clear, for the proxy.
 */
export async function locks(
  places: Whereabouts,
  { end, json }: LocksFlags,
  { text, token }: FoundToken,
): Promise<number> {
  const target = end === undefined ? undefined : readCallName(end);
  // It names what cannot be reached, and asks the others.
  const { generation, members } = await fetchStatus(await findMembers(places), token);
  const given = places.targets.map(showWhereabout);
  const known = [...new Set([...given, ...members.map(({ addr }) => addr)])].join(', ');
  const proxy = new BareProxy(known, { dns: places.dns, token: text });
  try {
    const answer = await invoke(proxy, SPECIAL_METHOD.holdings, []);
    const held = readPlaces(answer, generation);
    if (target !== undefined) return await endCall(proxy, held, target);
    if (json === true) print(JSON.stringify({ places: held }, null, 2));
    else show(held);
    return EXIT.done;
  } finally {
    await close(proxy);
  }
}

function show(places: readonly Place[]): void {
  if (places.length === 0) print('nobody owns anything, and nobody waits');
  for (const { owners, place, waiters } of places) {
    print(printable(place));
    for (const owner of owners) print(`  owner   ${nameOf(owner)}  fence ${owner.fence}`);
    for (const waiter of waiters) print(`  waiter  ${nameOf(waiter)}`);
  }
}

async function endCall(proxy: object, places: readonly Place[], target: CallName): Promise<number> {
  const name = nameOf(target);
  const isTarget = (one: CallName): boolean => nameOf(one) === name;
  const owned = places.filter(({ owners }) => owners.some(isTarget));
  const waited = places.filter(({ waiters }) => waiters.some(isTarget));
  for (const { place } of owned) {
    const told = 'its program hears of it, unless it stands still: only the fence stops that';
    print(`will take ${printable(place)} from ${name}: ${told}`);
  }
  for (const { place } of waited) {
    print(
      `will end the wait of ${name} at ${printable(place)}: its call fails with a RuntimeError`,
    );
  }
  const found = owned.length + waited.length > 0;
  const { session, call } = target;
  if (found && (await invoke(proxy, SPECIAL_METHOD.end, [session, call])) === true) {
    print(`ended ${name}`);
    return EXIT.done;
  }
  const when = found ? 'any more' : 'here';
  say(`concoord: ${name} owns nothing and waits for nothing ${when}; see concoord locks`);
  return EXIT.failed;
}

/** `SESSION:NUMBER`, as it is printed. */
function readCallName(text: string): CallName {
  const match = /^(\d{1,15}):(\d{1,15})$/.exec(text.trim());
  if (match === null) {
    throw new UsageError(
      `--end: '${text}' is no call: write SESSION:NUMBER, as concoord locks shows`,
    );
  }
  return { session: Number(match[1]), call: Number(match[2]) };
}

function nameOf({ call, session }: CallName): string {
  return `${session}:${call}`;
}

/** @throws ConCoordError `PROTOCOL`: the roster of a class of users is in its own hands. */
function readPlaces(answer: unknown, generation: number): readonly Place[] {
  return listOf(answer).map((given) => {
    const { owners, place, waiters } = recordOf(given);
    if (typeof place !== 'string') throw malformed();
    return {
      place,
      owners: listOf(owners).map((owner) => {
        const { index, slot } = recordOf(owner);
        const grant = { slot: whole(slot, 2 ** 40), index: whole(index, 2 ** 12) };
        return { ...callOf(owner), fence: String(fenceOf(generation, grant)) };
      }),
      waiters: listOf(waiters).map(callOf),
    };
  });
}

function callOf(given: unknown): CallName {
  const { sequence, session } = recordOf(given);
  return { session: whole(session), call: whole(sequence) };
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed();
  return value;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw malformed();
  return value as Readonly<Record<string, unknown>>;
}

function whole(value: unknown, below = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) >= below) {
    throw malformed();
  }
  return value as number;
}

function malformed(): ConCoordError {
  return new ConCoordError(
    'PROTOCOL',
    'what the object says of who owns and who waits is malformed',
  );
}

/** Names of owners are anybody's: none moves the cursor, or begins a line of its own. */
function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (unit) => `\\u{${(unit.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
