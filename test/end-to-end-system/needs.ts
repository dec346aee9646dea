import { spawnSync } from 'node:child_process';

/**
 * Fails, saying what to install: a suite that quietly left something out would prove nothing.
 *
 * @param args With which the program ends by itself.
 */
export function need(program: string, debianPackage: string, args: readonly string[] = []): void {
  const { error } = spawnSync(program, args, { stdio: 'ignore' });
  if (error === undefined) return;
  throw new Error(`this suite needs '${program}', from the Debian package ${debianPackage}`);
}

/** Fails unless the machine lets us have networks and file systems of our own. */
export function needRoot(purpose: string): void {
  if (process.getuid?.() !== 0) throw new Error(`this suite needs root: ${purpose}`);
}
