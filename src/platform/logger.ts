/** Where a replica says what happens; the console decides how it looks. */
export interface Logger {
  debug(line: string): void;
  info(line: string): void;
  warn(line: string): void;
}
