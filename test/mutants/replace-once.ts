import type { Mutation } from './mutations.ts';

/** The text without what a formatter may change, and where each character of it stands. */
function bare(text: string): { readonly text: string; readonly at: readonly number[] } {
  let kept = '';
  const at: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const letter = text[index] as string;
    const trailingComma = letter === ',' && /^\s*[)\]}]/.test(text.slice(index + 1, index + 200));
    if (/\s/.test(letter) || trailingComma) continue;
    kept += letter;
    at.push(index);
  }
  return { text: kept, at };
}

/**
 * Replaces the one place that a mutation names, however it is broken into lines.
 *
 * @throws Error when there is none, or more than one.
 */
export function replaceOnce(source: string, { name, file, before, after }: Mutation): string {
  const hay = bare(source);
  const needle = bare(before).text;
  const first = hay.text.indexOf(needle);
  if (first < 0 || hay.text.includes(needle, first + 1)) {
    throw new Error(`'${name}': its place occurs ${first < 0 ? 'nowhere' : 'twice'} in ${file}`);
  }
  const from = hay.at[first] as number;
  const to = (hay.at[first + needle.length - 1] as number) + 1;
  return source.slice(0, from) + after + source.slice(to);
}
