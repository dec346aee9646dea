/** Three replicas of a hostile class: whatever it does, they live, agree and keep their leader. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ConCoordError, invoke } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { BOMBS, FUTILE } from './hostile-methods.ts';
import { allAlive, bootstrapOf, eventually, Stage, statusOf } from './kit.ts';
import type { Process } from './process.ts';

const METHODS: Readonly<Record<string, string>> = {
  ...BOMBS,
  ...Object.fromEntries(Object.entries(FUTILE).map(([name, [body]]) => [name, body])),
};

const classOf = (bodies: Readonly<Record<string, string>>): string => `
declare const $: unknown;
export class Hostile {
  value = 0;
  increment(): number { return ++this.value; }
  getvalue(): number { return this.value; }
  reset(): void { this.value = 0; }
  ${Object.entries(bodies)
    .map(([name, body]) => `${name}(..._: any[]): any { this.value = -1; ${body} }`)
    .join('\n  ')}
}
`;

export async function outcomeOf(c: Counter, name: string): Promise<string> {
  try {
    return JSON.stringify(await invoke(c, name, [])) ?? 'undefined';
  } catch (error) {
    if (error instanceof ConCoordError) return error.code;
    return error instanceof Error ? error.name : String(error);
  }
}

export async function withHostile(
  t: TestContext,
  story: (c: Counter, replicas: readonly Process[]) => Promise<void>,
  bodies: Readonly<Record<string, string>> = METHODS,
): Promise<void> {
  await using stage = new Stage();
  writeFileSync(join(stage.folder, 'hostile.ts'), classOf(bodies));
  const { ports, replicas } = await stage.instanceOf('hostile.Hostile', 3);
  await allAlive(ports, 3);
  await using c = new Counter(bootstrapOf(ports));
  const { ballot } = await statusOf(ports[0] as number);
  const begun = performance.now();

  await story(c, replicas);

  t.diagnostic(`${Math.round(performance.now() - begun)} ms`);
  const all = await eventually('all have applied the same', async () => {
    const some = await Promise.all(ports.map((port) => statusOf(port)));
    return new Set(some.map(({ applied }) => applied)).size === 1 ? some : undefined;
  });
  for (const status of all) {
    equal(status.diverged, false);
    deepEqual(status.ballot, ballot, 'nobody took the leader for dead');
  }
  for (const replica of replicas) ok(replica.running);
}

/** Each bomb between two calls that must not notice. */
export async function throwBombs(c: Counter, names: readonly string[]): Promise<void> {
  let expected = 0;
  for (const name of names) {
    equal(await c.increment(), ++expected);
    equal(await outcomeOf(c, name), 'BUDGET_EXCEEDED', name);
    equal(await c.getvalue(), expected, name);
  }
}
