import { encodeOutcome } from '../../src/paxos/index.ts';
import type { CallOutcome, Command, RequestName } from '../../src/paxos/index.ts';

const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

/** What becomes of a call: for the replica, and in words. */
export interface Passed {
  readonly result: Uint8Array;
  /** Empty when nothing has changed. */
  readonly words: string;
}

/** A lock of the scenarios: `acquire` waits until it is free, `release` hands it on. */
export class Gate {
  #owner: RequestName | undefined;
  #line: readonly RequestName[] = [];

  /** Undefined for what is none of its calls. */
  execute({ event, index, sequence, session, slot }: Command, method: string): Passed | undefined {
    const me = { session, sequence };
    const at = { slot, index };
    if (event?.kind === 'ended') {
      return this.#leave(({ session: of }) => event.sessions.includes(of), at, 'ended');
    }
    if (event?.kind === 'withdrawn') {
      const goes = (one: RequestName): boolean =>
        isSame(one, me) && (event.undo || one !== this.#owner);
      return this.#leave(goes, at, 'withdrawn');
    }
    if (event?.kind === 'timedOut') return this.#timeOut(me);
    if (method === 'acquire') return this.#acquire(me, at);
    if (method !== 'release') return undefined;
    if (this.#owner?.session !== session) return plain('not yours');
    return this.#handOn({ result: encoder.encode('released') }, this.#owner, at, 'released');
  }

  #acquire(me: RequestName, grant: { slot: number; index: number }): Passed {
    if (this.#owner !== undefined) {
      this.#line = [...this.#line, me];
      return told({ waitsMs: 0 }, 'it waits');
    }
    this.#owner = me;
    return told({ result: encoder.encode('yours'), grant, gained: [me] }, 'yours');
  }

  #timeOut(me: RequestName): Passed {
    this.#line = this.#line.filter((one) => !isSame(one, me));
    const woken = [{ ...me, result: encoder.encode('too late'), grant: undefined }];
    return told({ woken }, 'too late');
  }

  #leave(
    goes: (name: RequestName) => boolean,
    at: { slot: number; index: number },
    words: 'ended' | 'withdrawn',
  ): Passed {
    const waited = this.#line.some(goes);
    this.#line = this.#line.filter((one) => !goes(one));
    const owner = this.#owner;
    const owned = owner !== undefined && goes(owner);
    const isUndone = words === 'withdrawn' && (owned || waited);
    const outcome = isUndone ? ({ gaveUp: 'undone' } as const) : {};
    if (owned) return this.#handOn(outcome, owner, at, words);
    if (isUndone) return told(outcome, words);
    return { result: NOTHING, words: waited ? words : '' };
  }

  #handOn(
    outcome: Partial<CallOutcome>,
    from: RequestName,
    grant: { slot: number; index: number },
    words: string,
  ): Passed {
    const [next, ...rest] = this.#line;
    this.#owner = next;
    this.#line = rest;
    if (next === undefined) return told({ ...outcome, freed: [from] }, words);
    const woken = [{ ...next, result: encoder.encode('yours'), grant }];
    return told({ ...outcome, freed: [from], gained: [next], woken }, `${words}, and handed on`);
  }

  /** Empty when nobody owns it. */
  get state(): string {
    return this.#owner === undefined ? '' : JSON.stringify([this.#owner, ...this.#line]);
  }

  set state(text: string) {
    const names = text === '' ? [] : (JSON.parse(text) as RequestName[]);
    [this.#owner, ...this.#line] = names as [RequestName, ...RequestName[]];
  }
}

function isSame(a: RequestName, b: RequestName): boolean {
  return a.session === b.session && a.sequence === b.sequence;
}

function plain(words: string): Passed {
  return { result: encoder.encode(words), words };
}

function told(outcome: Partial<CallOutcome>, words: string): Passed {
  return { result: encodeOutcome({ woken: [], gained: [], freed: [], ...outcome }), words };
}
