/** `concoord repl`, with lines from a pipe. */
import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressOf, COUNTER, Stage } from './kit.ts';
import type { Done } from './kit.ts';
import { freePort } from './ports.ts';
import type { Surroundings } from './process.ts';
import { sideBySide } from './side-by-side.ts';

const MAIN = fileURLToPath(new URL('piped.ts', import.meta.url));

async function repl(
  stage: Stage,
  args: readonly string[],
  lines: readonly string[],
  surroundings: Partial<Surroundings> = {},
): Promise<Done> {
  const started = stage.start(['repl', ...args], { main: MAIN, ...surroundings });
  started.child.stdin?.end(lines.map((line) => `${line}\n`).join(''));
  const { code } = await started.ended();
  return { code, stdout: started.stdout, stderr: started.stderr };
}

sideBySide('repl', {
  'the tutorial, line by line as it is typed': async () => {
    await using stage = new Stage();
    const { ports } = await stage.instance(1);
    const at = addressOf(ports[0] as number);

    const { code, stdout, stderr } = await repl(
      stage,
      [],
      [
        'from concoord.proxy.counter import Counter',
        `c = Counter('${at}')`,
        'c.increment()',
        'c.increment()',
        'c.getvalue()',
        'c.__concoordinit__()',
        'c.increment()',
        'c.getvalue()',
        'c',
        'const next = c.getvalue() + 1',
        'next * 10',
        'for (let i = 0; i < 5; i++) {',
        '  c.increment()',
        '}',
        "c.with({ read: 'stale' }).getvalue()",
        'c.close()',
      ],
    );

    deepEqual(stdout.trimEnd().split('\n'), [
      `Counter(${at})`,
      '2',
      '1',
      'The counter value is 1',
      '20',
      '6',
    ]);
    deepEqual([code, stderr], [0, '']);
  },

  'the semaphore of the original, line by line': async () => {
    await using stage = new Stage();
    const { ports } = await stage.instanceOf('concoord.object.semaphore.Semaphore', 1);
    const at = addressOf(ports[0] as number);
    const story = [
      `s = Semaphore("${at}")`,
      's.acquire()',
      'i = 10',
      'i += 5',
      's',
      's.release()',
      's',
    ];
    const imports = [
      'from concoord.proxy.semaphore import Semaphore',
      'from semaphoreproxy import Semaphore',
    ];

    for (const line of imports) {
      const { code, stdout, stderr } = await repl(stage, [], [line, ...story]);

      deepEqual(stdout.trimEnd().split('\n'), [
        `Semaphore(${at})`,
        'true',
        '10',
        '15',
        '<DSemaphore count=0>',
        '<DSemaphore count=1>',
      ]);
      deepEqual([code, stderr], [0, '']);
    }
  },

  'replicas say what they run, and what it can do': async () => {
    await using stage = new Stage();
    const { ports } = await stage.instance(1);
    const at = addressOf(ports[0] as number);
    const dead = addressOf(await freePort());

    const run = await repl(
      stage,
      [`${dead},${at}`],
      [
        'c.increment()',
        'c.getvalue()',
        'Object.getOwnPropertyNames(Counter.prototype).join()',
        'new Counter(c.toString().slice(8, -1)).getvalue()',
      ],
    );

    const methods = 'constructor,increment,decrement,getvalue,__str__,__repr__,__concoordinit__';
    deepEqual(run.stdout.trimEnd().split('\n'), ['1', `'${methods}'`, '1']);
    deepEqual([run.code, run.stderr], [0, '']);
    const other = await repl(stage, [at, '-o', 'tencounter.TenCounter'], []);
    match(other.stderr, /-o says tencounter.*runs \S+Counter \(CODE_MISMATCH\)\. Leave -o out/);
    equal(other.code, 1);
  },

  'what fails is one line with what to do, and the next line goes on': async () => {
    await using stage = new Stage();
    const { ports } = await stage.instance(1);

    const { code, stdout, stderr } = await repl(
      stage,
      [addressOf(ports[0] as number)],
      [
        "c.__concoordinit__('x')",
        'c.nothing()',
        "new Counter('127.0.0.1')",
        'const = 5',
        "throw 'a\\nb'",
        "Promise.reject(new TypeError('two\\nlines'))",
        'c.getvalue()',
        'c.getvalue(',
      ],
    );

    deepEqual(stdout, '0\n');
    const lines = stderr.trimEnd().split('\n');
    match(lines[0] ?? '', /^TypeError: a count is a finite number/);
    match(lines[1] ?? '', /^TypeError: c\.nothing is not a function$/);
    match(lines[2] ?? '', /127\.0\.0\.1' has no port.*\(CONNECTION\)\. Write host:port/);
    match(lines[3] ?? '', /^SyntaxError: Unexpected token/);
    match(lines[4] ?? '', /^thrown: 'a\\nb'$/);
    match(lines[5] ?? '', /^TypeError: two lines$/);
    match(lines[6] ?? '', /^SyntaxError: the input ends where something has begun$/);
    deepEqual([lines.length, code], [7, 1]);
  },

  'what is imported must be here; else one line says what can be': async () => {
    await using stage = new Stage();

    const { code, stdout, stderr } = await repl(
      stage,
      [],
      [
        'from tencounterproxy import TenCounter',
        "import { TenCounter } from './tencounterproxy.ts'",
        'import tencounterproxy',
        'from concoord.proxy.counter import Counter',
        'typeof Counter',
      ],
    );

    const lines = stderr.trimEnd().split('\n');
    for (const line of lines.slice(0, 2)) {
      match(line, /^Error: no class TenCounter is here, only those .*concoord repl ADDR:PORT/);
    }
    match(lines[2] ?? '', /^SyntaxError: only classes that are here are imported, by their names/);
    deepEqual([stdout, lines.length, code], ["'function'\n", 3, 1]);
  },

  'accessors are called, and print shows what Python would': async () => {
    await using stage = new Stage();
    const text = `export class Bag {
      #items: string[] = [];
      get size(): number { return this.#items.length; }
      put(item: string): number { return this.#items.push(item); }
      __repr__(): string { return \`<Bag \${this.#items.join()}>\`; }
    }`;
    writeFileSync(join(stage.folder, 'bag.ts'), text);
    const { ports } = await stage.instanceOf('bag.Bag', 1);

    const { code, stdout, stderr } = await repl(
      stage,
      [addressOf(ports[0] as number)],
      [
        "['a', 'b'].map((item) => c.put(item))",
        'c.size()',
        'c.size',
        'c',
        'print(c)',
        "print('it has', c.size(), [c.size()], { a: 'b' })",
        "['x', 'y'].forEach((text) => print(text))",
        'print = 5',
        'print',
      ],
    );

    deepEqual(stdout.trimEnd().split('\n'), [
      '[ 1, 2 ]',
      '2',
      '[call it: size()]',
      '<Bag a,b>',
      '<Bag a,b>',
      "it has 2 [ 2 ] { a: 'b' }",
      'x',
      'y',
      '5',
      '5',
    ]);
    deepEqual([code, stderr], [0, '']);
  },

  'what nobody waits for is said in one line when it fails, and ends nothing': async () => {
    await using stage = new Stage();
    const { ports } = await stage.instance(1);

    const { code, stdout, stderr } = await repl(
      stage,
      [addressOf(ports[0] as number)],
      [
        "[1].forEach(() => c.__concoordinit__('x'))",
        'c.getvalue()',
        "timer = setTimeout(() => { throw new Error('later') }, 1); 5",
        'new Promise((resolve) => setTimeout(resolve, 100, 6))',
      ],
    );

    const lines = stderr.trimEnd().split('\n');
    match(lines[0] ?? '', /^TypeError: a count is a finite number.* \(nobody waited for it\)$/);
    match(lines[1] ?? '', /^Error: later \(nobody waited for it\)$/);
    deepEqual([stdout, lines.length, code], ['0\n5\n6\n', 2, 1]);
  },

  'nobody there is said before any line is read': async () => {
    await using stage = new Stage();

    const at = addressOf(await freePort());
    const run = await repl(stage, [at], ['c.increment()']);

    match(run.stderr, /^concoord: \S+ cannot be reached: ECONNREFUSED \(CONNECTION\)\. Check/);
    deepEqual([run.code, run.stdout], [1, '']);
    const unknown = await repl(stage, ['-o', 'tencounter.TenCounter'], []);
    match(unknown.stderr, /tencounter\.TenCounter is no object of this library.*Name the replicas/);
    equal(unknown.code, 2);
  },

  'every proxy has the token that the prompt was given, and shows it nowhere': async () => {
    await using stage = new Stage();
    const secret = 'ieChee9aing6eeph';
    const port = await freePort();
    const right = { env: { CONCOORD_TOKEN: secret } };
    await stage.replica(port, ['-o', COUNTER], right);
    const file = join(stage.folder, 'token');
    writeFileSync(file, secret, { mode: 0o600 });
    const at = addressOf(port);
    const lines = [
      'c.increment()',
      `d = new Counter('${at}')`,
      'd.getvalue()',
      'process.env.CONCOORD_TOKEN === undefined',
      "require('util').inspect(c, { depth: 9, showHidden: true }).length > 0",
    ];

    const runs = [
      await repl(stage, [at], lines, right),
      await repl(stage, [at, '--token-file', file], lines),
    ];
    const without = await repl(stage, [at], lines);

    for (const { code, stdout, stderr } of runs) {
      match(stdout, /^Counter\(\S+\)\n[12]\ntrue\ntrue\n$/);
      deepEqual([code, stderr], [0, '']);
      doesNotMatch(stdout, new RegExp(secret));
    }
    match(without.stderr, /asks for a token, and none was given \(UNAUTHORIZED\)/);
    equal(without.code, 1);
  },
});
