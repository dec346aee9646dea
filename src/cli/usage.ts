/** What the parser says, in one line like everything else that we complain of. */
export function complainOfUsage(
  program: string,
): (text: string, write: (line: string) => void) => void {
  return (text, write) => {
    const said = text
      .replace(/^error: /, '')
      .trim()
      .replaceAll(/\s*\n\s*/g, ' ');
    write(`${program}: ${said}; see ${program} --help, or --help of a command\n`);
  };
}
