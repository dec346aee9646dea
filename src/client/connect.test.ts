import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { ObjectType } from '../object/index.ts';
import { FakeInstance } from './fake-instance-test-kit.ts';
import { close, connect, withOptions } from './index.ts';
import type { Remote } from './index.ts';

class Base<T> {
  items: T[] = [];

  add(item: T): number {
    return this.items.push(item);
  }
}

class Shelf extends Base<string> {
  readonly label: string;

  constructor(label = 'none', ...items: string[]) {
    super();
    this.label = label;
    this.items = items;
  }

  get size(): number {
    return this.items.length;
  }

  pick<T>(index: number, fallback: T): string | T {
    return this.items[index] ?? fallback;
  }

  /** Of the object, and not of its proxy. */
  close(): string {
    return `closed ${this.label}`;
  }

  protected hidden(): void {}

  override toString(): string {
    return `${this.label}: ${this.items.join()}`;
  }
}

const SHELF: ObjectType = {
  name: 'shelf.Shelf',
  construct: Shelf,
  methods: ['add', 'size', 'pick', 'close', '__str__'].map((name) => ({ name, read: false })),
  version: 1,
};

test('a class lends its methods to a proxy that needs no file', async () => {
  await using instance = await FakeInstance.start(1, undefined, SHELF);
  await using shelf = connect(Shelf, instance.addresses);

  const count: number = await shelf.add('a');
  equal(count, 1);
  await shelf.__concoordinit__('top', 'b', 'c');
  equal(await shelf.__str__(), 'top: b,c');
  const picked: unknown = await shelf.pick(1, 5);
  equal(picked, 'c');
  equal(await shelf.close(), 'closed top');
  equal(await shelf.with({ timeoutMs: 5000 }).add('d'), 3);
  deepEqual(
    [String(shelf), inspect(shelf)],
    [`Shelf(${instance.addresses})`, `Shelf(${instance.addresses})`],
  );
  equal(await (shelf as unknown as { readonly size: Promise<number> }).size, 3);
  await close(shelf);
  await rejects(shelf.add('e'), { code: 'CLOSED' });
});

test('a type alone lends its methods, too; names of the proxy are its own then', async () => {
  await using instance = await FakeInstance.start(1, undefined, SHELF);
  const shelf = connect<Shelf>(instance.addresses, { timeoutMs: 5000 });

  equal(await shelf.add('a'), 1);
  equal(await shelf.with({ timeoutMs: 4000 }).add('b'), 2);
  equal(await withOptions(shelf, { timeoutMs: 4000 }).add('c'), 3);
  await rejects((shelf as unknown as { nothing(): Promise<void> }).nothing(), {
    code: 'NO_SUCH_METHOD',
  });
  ok(!('then' in shelf));
  equal(await Promise.resolve(shelf), shelf);
  equal(JSON.stringify(shelf), '{}');
  equal(inspect(shelf), `Untyped(${instance.addresses})`);
  await shelf.flush();
  await shelf.close();
  await rejects(shelf.add('d'), { code: 'CLOSED' });
});

test('calls of such a proxy can go one by one', async () => {
  await using instance = await FakeInstance.start(1, undefined, SHELF);
  await using shelf = connect(Shelf, instance.addresses, {}, 'one-by-one');
  await shelf.add('a');
  const frames = instance.replicas[0]?.frames ?? [];
  frames.splice(0);

  await Promise.all([shelf.add('b'), shelf.add('c')]);

  deepEqual(frames, [['call'], ['call']]);
});

test('a class whose proxies would be promises is refused, and so are bad addresses', () => {
  class Then {
    // oxlint-disable-next-line unicorn/no-thenable -- what the test is about
    then(): void {}
  }
  throws(() => connect(Then, 'a:1'), { code: 'INVALID_ARGUMENT', message: /then\(\)/ });
  throws(() => connect(Shelf, 'nonsense:'), { code: 'CONNECTION' });
  throws(() => connect<Shelf>('nonsense:'), { code: 'CONNECTION' });
  throws(() => connect<Shelf>(5 as unknown as string), { code: 'CONNECTION' });
});

test('the types of a remote class leave out what cannot be called', () => {
  const use = (remote: Remote<Shelf>): readonly unknown[] => [
    // @ts-expect-error -- a field
    remote.label,
    // @ts-expect-error -- not public
    remote.hidden,
    // @ts-expect-error -- an accessor, which a type does not tell from a field
    remote.size,
    // @ts-expect-error -- a string is asked for
    remote.add(5),
    // @ts-expect-error -- that of the object has no parameter
    remote.close(5),
    remote.flush(),
  ];

  equal(use.length, 1);
});
