/** The tutorial as it is printed: every block is a file that is written, a command, or what one prints. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { leaderOf } from '../end-to-end/kit.ts';
import { freePorts } from '../end-to-end/ports.ts';
import { firstLine, killGroup, pack, ROOT, run, startGroup } from './stranger.ts';

const folder = mkdtempSync(join(tmpdir(), 'concoord-tutorial-'));
before(() => pack(folder));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Block {
  readonly language: string;
  readonly code: string;
  /** What stands between this block and the one before. */
  readonly words: string;
}

function readBlocks(ports: readonly number[]): readonly Block[] {
  const page = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');
  const text = ports.reduce((all, port, at) => all.replaceAll(`${14_010 + at}`, `${port}`), page);
  return [...text.matchAll(/([^]*?)^```(\w+)\n([^]*?)^```$/gm)].map(
    ([, words = '', language = '', code = '']) => ({ language, code, words }),
  );
}

/** One that follows the tutorial, in a shell of which only the folder is remembered. */
class Follower {
  readonly replicas: ChildProcess[] = [];
  readonly ports: readonly number[];
  /** What blocks were, in their order. */
  readonly done: string[] = [];
  readonly #t: TestContext;
  #folder = folder;
  #printed = '';

  constructor(t: TestContext, ports: readonly number[]) {
    this.#t = t;
    this.ports = ports;
  }

  async follow({ language, code, words }: Block, next: Block | undefined): Promise<void> {
    if (/^End the first replica/m.test(words)) {
      await killGroup(this.replicas[0] as ChildProcess);
      this.done.push('kill');
    }
    if (language === 'text') this.#expectPrinted(code);
    else if (language !== 'sh') this.#write(code, words);
    else if (code.includes('concoord replica')) await this.#start(code);
    else this.#run(code, next);
    this.done.push(language);
  }

  /** The paragraph before the block begins with the name of the file. */
  #write(code: string, words: string): void {
    const name = [...words.matchAll(/^`([\w/]+\.(?:ts|json))`/gm)].at(-1)?.[1];
    ok(name !== undefined, `a file without a name: ${code}`);
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), code);
  }

  /** A terminal for each line. The next one is opened when a replica says that it is ready. */
  async #start(code: string): Promise<void> {
    this.#printed = '';
    for (const line of code.trim().split('\n')) {
      const replica = startGroup(this.#t, this.#folder, 'sh', '-c', line);
      this.replicas.push(replica);
      this.#printed += `${await firstLine(replica)}\n`;
    }
    await leaderOf(this.ports);
  }

  #run(code: string, next: Block | undefined): void {
    const error = next?.language === 'text' && /\([A-Z_]+\)\. /.test(next.code);
    const { status, stdout, stderr } = run(this.#folder, 'sh', '-ec', `${code}pwd`);
    const lines = stdout.trimEnd().split('\n');
    equal(status === 0, !error, `${code}\n${stdout}\n${stderr}`);
    if (error) {
      // Those of npm are about the machine.
      const said = stderr.split('\n').filter((line) => !line.startsWith('npm '));
      this.#folder = this.#folderAfter(code);
      this.#printed = said.join('\n');
    } else {
      this.#folder = lines.pop() ?? '';
      this.#printed = lines.map((line) => `${line}\n`).join('');
    }
  }

  /** Where a block leads whose last command fails. */
  #folderAfter(code: string): string {
    const moves = code.split('\n').filter((line) => line.startsWith('cd '));
    return run(this.#folder, 'sh', '-ec', `${moves.join('\n')}\npwd`).stdout.trim();
  }

  /** The end of what was printed: installations say much before. `…` is where the reader's folder is. */
  #expectPrinted(expected: string): void {
    const wanted = expected.replaceAll('…', folder);
    equal(this.#printed.slice(-wanted.length), wanted);
  }
}

test('the tutorial leads a newcomer from a file to an object that outlives a machine', async (t) => {
  const ports = await freePorts(3);
  const blocks = readBlocks(ports);
  const follower = new Follower(t, ports);

  for (const [at, block] of blocks.entries()) await follower.follow(block, blocks[at + 1]);

  const count = (kind: string): number => follower.done.filter((one) => one === kind).length;
  equal(follower.replicas.length, 3);
  deepEqual(
    ['ts', 'json', 'sh', 'text', 'kill'].map((kind) => count(kind) > 0),
    [true, true, true, true, true],
  );
});
