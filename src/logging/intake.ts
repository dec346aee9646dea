import { MAX_LINE_BYTES } from './line.ts';

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);
const CUT = ' [cut: the line is too long]';
/** Whatever a terminal could take for a command, and what could pass for the end of a line. */
const UNSHOWABLE = /(?!\t)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
const ALL_UNSHOWABLE = new RegExp(UNSHOWABLE, 'gu');

/** Makes lines of what a connection brings, whatever that is, in bounded memory. */
export class Intake {
  #rest: Buffer = NOTHING;
  /** The rest of a line that was cut is not looked at. */
  #isSkipping = false;

  /** Whether a line has begun and not ended. */
  get isWithin(): boolean {
    return this.#rest.length > 0 || this.#isSkipping;
  }

  /** The lines that end with these bytes, without their ends. */
  take(bytes: Buffer): readonly string[] {
    const lines: string[] = [];
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, at)) {
      const part = bytes.subarray(at, end);
      at = end + 1;
      if (this.#isSkipping) this.#isSkipping = false;
      else if (this.#rest.length + part.length > MAX_LINE_BYTES) lines.push(this.#cut(part));
      else lines.push(textOf(this.#join(part)));
      this.#rest = NOTHING;
    }
    if (this.#isSkipping || at === bytes.length) return lines;
    const rest = bytes.subarray(at);
    if (this.#rest.length + rest.length > MAX_LINE_BYTES) {
      lines.push(this.#cut(rest));
      this.#rest = NOTHING;
      this.#isSkipping = true;
    } else {
      // A copy, since what was received together would be kept as a whole.
      this.#rest = Buffer.concat([this.#rest, rest]);
    }
    return lines;
  }

  /** What was not ended, at the end of the connection; undefined when there is nothing. */
  end(): string | undefined {
    return this.#rest.length === 0 ? undefined : textOf(this.#rest);
  }

  #cut(part: Buffer): string {
    return textOf(this.#join(part).subarray(0, MAX_LINE_BYTES)) + CUT;
  }

  #join(part: Buffer): Buffer {
    return this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part]);
  }
}

/** The line as it may stand in a log: whoever sends `\r` must not write over what others have said. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8').replace(/\r$/, '');
  return UNSHOWABLE.test(text) ? text.replaceAll(ALL_UNSHOWABLE, escaped) : text;
}

/** As JSON has it, so that what was JSON stays JSON. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
