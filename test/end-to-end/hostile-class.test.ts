/** Methods that take too much, or reach for what is not theirs: they fail alike, and nobody else notices. */
import { equal, ok } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConCoordError, invoke } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { allAlive, bootstrapOf, Stage, statusOf } from './kit.ts';

/** What takes too much. */
const BOMBS: Readonly<Record<string, string>> = {
  loop: 'for (;;);',
  loopInCatch: 'try { for (;;); } catch { for (;;); } finally { for (;;); }',
  recursion: 'const f = (n: number): number => f(n + 1) + 1; f(0);',
  getter: 'const o = { get x(): number { return this.x; } }; o.x;',
  generator: 'function* g(): Generator<number> { for (;;) yield 1; } for (const x of g()) void x;',
  array: 'const a: number[][] = []; for (;;) a.push(new Array<number>(10_000).fill(1));',
  text: "let s = 'x'; for (;;) s += s;",
  repeat: "'x'.repeat(2 ** 28).split('');",
  sort: 'Array.from({ length: 1e7 }, (_, i) => -i).sort((a, b) => a - b);',
  bigint: 'let b = 3n; for (;;) b *= b;',
  map: 'const m = new Map<number, number>(); for (let i = 0; ; i++) m.set(i, i);',
};

/** What is refused: because it is not there, or nests too deep. */
const ESCAPES: Readonly<Record<string, string>> = {
  json: 'let o: object = {}; for (let i = 0; i < 1e6; i++) o = { o }; JSON.stringify(o);',
  process: 'return String((globalThis as any).process.pid);',
  construction: "return String((this.constructor as any).constructor('return process')().pid);",
  error:
    'try { null!.f(); } catch (e: any) { return String(e.constructor.constructor("return process")()); }',
  require: "return String((globalThis as any).require('fs'));",
  timer: '(globalThis as any).setTimeout(() => 1, 1);',
};

const METHODS = Object.entries({ ...BOMBS, ...ESCAPES }).map(
  ([name, body]) => `${name}(): unknown { this.value = -1; ${body} return 'done'; }`,
);

const HOSTILE = `
export class Hostile {
  value = 0;
  increment(): number { return ++this.value; }
  getvalue(): number { return this.value; }
  reset(): void { this.value = 0; }
  ${METHODS.join('\n  ')}
}
`;

test('what takes too much fails and leaves no effect; the replicas live and agree', async (t) => {
  await using stage = new Stage();
  writeFileSync(join(stage.folder, 'hostile.ts'), HOSTILE);
  const { ports, replicas } = await stage.instanceOf('hostile.Hostile', 3);
  await allAlive(ports, 3);
  await using c = new Counter(bootstrapOf(ports));
  const { ballot } = await statusOf(ports[0] as number);

  let expected = 0;
  for (const name of Object.keys(BOMBS)) {
    equal(await c.increment(), ++expected);
    const begun = performance.now();
    const error: unknown = await invoke(c, name, []).catch((reason: unknown) => reason);
    t.diagnostic(`${name}: ${Math.round(performance.now() - begun)} ms`);
    ok(
      error instanceof ConCoordError && error.code === 'BUDGET_EXCEEDED',
      `${name}: ${String(error)}`,
    );
    equal(await c.getvalue(), expected, name);
  }
  for (const name of Object.keys(ESCAPES)) {
    const error: unknown = await invoke(c, name, []).catch((reason: unknown) => reason);
    ok(error instanceof Error && !(error instanceof ConCoordError), `${name}: ${String(error)}`);
  }
  await invoke(c, 'reset', []);

  equal(await c.increment(), 1);
  for (const port of ports) {
    const status = await statusOf(port);
    equal(status.ballot, ballot, 'nobody took the leader for dead');
    equal(status.diverged, false);
  }
  for (const replica of replicas) ok(replica.running);
});
