/**
 * What a regular expression can cost. V8 backtracks, and falls back to an engine that takes linear time when
 * that becomes much, where it can (`--enable-experimental-regexp-engine-on-excessive-backtracks`): not with
 * back references, lookaround, some flags, and large counts. Patterns with those are judged by their shape.
 */
export type Verdict =
  | { readonly kind: 'linear' }
  /** The linear engine cannot: `choices` ways, for each way to share the input among `endless` parts. */
  | { readonly kind: 'backtracks'; readonly choices: number; readonly endless: number }
  | { readonly kind: 'refused'; readonly reason: string };

/** Flags with which V8 falls back to its linear engine; not with d, which asks where groups matched. */
const LINEAR_FLAGS = 'gmsy';
/** The linear engine writes repeated parts out, but no more often than this. */
const MAX_COPIES = 16;
/** Ways through optional parts, each of which may be tried. */
const MAX_CHOICES = 4096;

interface Shape {
  /** A part inside can match in more than one way: `a*`, `a?`, `a|b`. */
  varies: boolean;
  choices: number;
  /** Parts on one way that are repeated without a bound. */
  endless: number;
  /** Repetitions inside one another, multiplied. */
  copies: number;
}

const PLAIN: Readonly<Shape> = { varies: false, choices: 1, endless: 0, copies: 1 };

/** @param source A pattern that the engine has accepted. */
export function judgePattern(source: string, flags: string): Verdict {
  const reader = new PatternReader(source, flags.includes('v'));
  const shape = reader.alternatives();
  const suits = isLinear(flags);
  if (suits && !reader.special && shape.copies <= MAX_COPIES) return { kind: 'linear' };
  if (reader.nested) {
    return { kind: 'refused', reason: 'a repeated part can match in several ways' };
  }
  if (shape.choices > MAX_CHOICES) {
    return { kind: 'refused', reason: 'there are too many optional parts' };
  }
  return { kind: 'backtracks', choices: shape.choices, endless: shape.endless };
}

/** Only as much of the grammar as tells parts and repetitions apart. */
class PatternReader {
  /** A back reference or lookaround was met. */
  special = false;
  /** An endless repetition of something that varies was met. */
  nested = false;
  readonly #source: string;
  readonly #sets: boolean;
  #at = 0;

  constructor(source: string, sets: boolean) {
    this.#source = source;
    this.#sets = sets;
  }

  alternatives(): Shape {
    const whole: Shape = { ...PLAIN };
    let branch: Shape = { ...PLAIN };
    let branches = 0;
    for (;;) {
      const next = this.#source.charAt(this.#at);
      if (next === '' || next === ')' || next === '|') {
        branches++;
        whole.varies ||= branch.varies;
        whole.choices = branches === 1 ? branch.choices : whole.choices + branch.choices;
        whole.copies = Math.max(whole.copies, branch.copies);
        whole.endless = Math.max(whole.endless, branch.endless);
        if (next !== '|') break;
        this.#at++;
        whole.varies = true;
        branch = { ...PLAIN };
      } else {
        const part = this.#repeated(this.#atom());
        branch.varies ||= part.varies;
        branch.choices *= part.choices;
        branch.copies = Math.max(branch.copies, part.copies);
        branch.endless += part.endless;
      }
    }
    return whole;
  }

  #atom(): Shape {
    const first = this.#source.charAt(this.#at++);
    if (first === '\\') this.#escape();
    else if (first === '[') this.#class();
    else if (first === '(') return this.#group();
    return PLAIN;
  }

  #escape(): void {
    const letter = this.#source.charAt(this.#at++);
    if (letter === 'k' || (letter >= '1' && letter <= '9')) this.special = true;
  }

  /** Brackets nest only with the flag v. */
  #class(): void {
    let open = 1;
    while (open > 0 && this.#at < this.#source.length) {
      const character = this.#source.charAt(this.#at++);
      if (character === '\\') this.#at++;
      else if (character === ']') open--;
      else if (character === '[' && this.#sets) open++;
    }
  }

  #group(): Shape {
    if (this.#source.charAt(this.#at) === '?') {
      const kind = this.#source.slice(this.#at + 1, this.#at + 3);
      if (kind.startsWith('=') || kind.startsWith('!') || kind === '<=' || kind === '<!') {
        this.special = true;
        this.#at += kind.startsWith('<') ? 3 : 2;
      } else {
        // `?:`, `?<name>`, `?i-m:`
        const end = kind.startsWith('<') ? '>' : ':';
        if (end === ':' && kind.charAt(0) !== ':') this.special = true;
        this.#at = this.#source.indexOf(end, this.#at) + 1;
      }
    }
    const shape = this.alternatives();
    this.#at++;
    return shape;
  }

  #repeated(part: Shape): Shape {
    const quantifier = this.#quantifier();
    if (quantifier === undefined) return part;
    const { least, most } = quantifier;
    if (this.#source.charAt(this.#at) === '?') this.#at++;
    if (most === Infinity && part.varies) this.nested = true;
    const times = most === Infinity ? Math.max(least, 1) : Math.max(most, 1);
    return {
      varies: part.varies || least !== most,
      choices:
        most === Infinity ? part.choices : (most - least + 1) * part.choices ** Math.min(most, 64),
      copies: part.copies * times,
      endless: part.endless * times + (most === Infinity ? 1 : 0),
    };
  }

  #quantifier(): { readonly least: number; readonly most: number } | undefined {
    const first = this.#source.charAt(this.#at);
    const simple = first === '*' || first === '+' || first === '?';
    if (simple) {
      this.#at++;
      return { least: first === '+' ? 1 : 0, most: first === '?' ? 1 : Infinity };
    }
    if (first !== '{') return undefined;
    const end = this.#source.indexOf('}', this.#at);
    if (end < 0) return undefined;
    const [least = '', most = least] = this.#source.slice(this.#at + 1, end).split(',');
    if (!isNumber(least) || (most !== '' && !isNumber(most))) return undefined;
    this.#at = end + 1;
    return { least: Number(least), most: most === '' ? Infinity : Number(most) };
  }
}

/** Not by a regular expression: this is what is asked before one runs. */
function isLinear(flags: string): boolean {
  for (let at = 0; at < flags.length; at++) {
    if (!LINEAR_FLAGS.includes(flags.charAt(at))) return false;
  }
  return true;
}

function isNumber(text: string): boolean {
  if (text === '') return false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 48 || unit > 57) return false;
  }
  return true;
}
