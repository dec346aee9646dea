/**
 * `npm run check`: everything that a change must pass, the same here as in CI. With arguments, only the
 * named parts (`npm run check -- types lint`); with `--except=tests`, all but that.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Part {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** The part is left out, saying so, until this file exists. */
  readonly needs?: string;
}

const SIMULATION_SECONDS = 30;

const TSC = 'node_modules/typescript/bin/tsc';

const PARTS: readonly Part[] = [
  // By its path: two versions of it are installed, and both are called tsc.
  { name: 'types', command: ['node', TSC, '-p', '.'] },
  { name: 'pure-types', command: ['node', TSC, '-p', 'src/tsconfig.pure.json'] },
  { name: 'lint', command: ['oxlint', '--deny-warnings'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'tests', command: ['npm', 'test', '--silent'] },
  {
    name: 'simulation',
    command: ['node', 'src/sim/main.ts', `--seconds=${SIMULATION_SECONDS}`],
    needs: 'src/sim/main.ts',
  },
];

const root = fileURLToPath(new URL('..', import.meta.url));

function chosenParts(args: readonly string[]): readonly Part[] {
  const except = args.flatMap((arg) => (arg.startsWith('--except=') ? [arg.slice(9)] : []));
  const only = args.filter((arg) => !arg.startsWith('--except='));
  const unknown = [...except, ...only].filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) {
    const known = PARTS.map((part) => part.name).join(', ');
    console.error(`check: no part is called ${unknown.join(', ')}; there are ${known}`);
    process.exit(2);
  }
  return PARTS.filter(
    (part) => (only.length === 0 || only.includes(part.name)) && !except.includes(part.name),
  );
}

/** Runs one part and says how it went: a line for the table at the end. */
function run({ name, command, needs }: Part): { readonly line: string; readonly failed: boolean } {
  if (needs !== undefined && !existsSync(root + needs)) {
    return { line: `  ${name.padEnd(12)} left out: there is no ${needs}`, failed: false };
  }
  console.log(`\n== ${name}: ${command.join(' ')}`);
  const startedMs = performance.now();
  const [program, ...args] = command;
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) console.error(error.message);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const verdict = status === 0 ? 'ok' : 'FAILED';
  return {
    line: `  ${name.padEnd(12)} ${verdict.padEnd(6)} ${seconds.padStart(6)} s`,
    failed: status !== 0,
  };
}

const results = chosenParts(process.argv.slice(2)).map(run);
console.log(`\n== check\n${results.map((result) => result.line).join('\n')}`);
process.exitCode = results.some((result) => result.failed) ? 1 : 0;
