/** One line of a scenario: told to the reader, or done. */
export type Line =
  | { readonly kind: 'told'; readonly text: string }
  | { readonly kind: 'command'; readonly text: string; readonly number: number };

export interface Script {
  /** What the scenario shows: its first line. */
  readonly title: string;
  readonly lines: readonly Line[];
}

/**
 * A scenario is a text. Lines that begin with `#`, and empty ones, are for the reader; lines that
 * are indented are what the command above them did when the scenario was recorded; the others are
 * commands.
 */
export function readScript(text: string): Script {
  const lines: Line[] = [];
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    if (line === '' || line.startsWith('#')) lines.push({ kind: 'told', text: line });
    else if (!/^\s/.test(line)) lines.push({ kind: 'command', text: line, number: index + 1 });
  }
  const [first] = lines;
  const title = first?.kind === 'told' ? first.text.replace(/^#\s*/, '') : '';
  return { title, lines };
}

/** Runs the commands and writes the text as it should be. */
export function record(script: Script, run: (command: string) => readonly string[]): string {
  const text: string[] = [];
  for (const line of script.lines) {
    text.push(line.text);
    if (line.kind === 'told') continue;
    try {
      for (const output of run(line.text)) text.push(`  ${output}`);
    } catch (error) {
      throw new Error(`line ${line.number}: ${line.text}`, { cause: error });
    }
  }
  return `${text.join('\n')}\n`;
}
