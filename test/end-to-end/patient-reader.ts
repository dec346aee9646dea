import { ok } from 'node:assert/strict';
import {
  decodeResponses,
  decodeResult,
  encodeCommand,
  encodeRequests,
  FRAME,
} from '../../src/wire/index.ts';
import { CLIENT_HELLO, Raw } from './raw.ts';

/**
 * Reads a counter through one replica alone, and stays where a client would have gone elsewhere: what it asks
 * of a process that stands still lies there when it wakes, among the first things that it sees.
 */
export class PatientReader {
  readonly #raw: Raw;
  /** The least value that each read may show, by token. */
  readonly #least: number[] = [];

  private constructor(raw: Raw) {
    this.#raw = raw;
  }

  static async at(port: number): Promise<PatientReader> {
    const raw = new Raw(port).hello(CLIENT_HELLO);
    await raw.welcome();
    return new PatientReader(raw);
  }

  /** @param least What was acknowledged before. */
  ask(least: number): void {
    const token = this.#least.push(least) - 1;
    const read = {
      kind: 'read',
      token,
      // The first session of the instance is there, whosoever it is, and need not have done anything.
      session: 1,
      after: 0,
      consistency: 'linearizable',
      atLeast: 0,
      command: encodeCommand('getvalue', []),
    } as const;
    this.#raw.send(FRAME.requests, encodeRequests([read]));
  }

  /** Waits until each read is answered or refused; returns how many were answered. */
  async expectNothingStale(): Promise<number> {
    const open = new Set(this.#least.keys());
    let answered = 0;
    while (open.size > 0) {
      const frame = await this.#raw.frame();
      if (frame === undefined) break;
      if (frame.type !== FRAME.responses) continue;
      for (const response of decodeResponses(frame.body)) {
        if (response.kind !== 'readReply' && response.kind !== 'readRefused') continue;
        open.delete(response.token);
        if (response.kind === 'readRefused') continue;
        answered++;
        const result = decodeResult(response.result, (_name, message) => new Error(message));
        const least = this.#least[response.token] as number;
        ok(
          result.kind === 'returned' && (result.value as number) >= least,
          `a stale read: ${JSON.stringify(result)}, but ${least} were acknowledged before`,
        );
      }
    }
    await this.#raw.end();
    return answered;
  }
}
