import { equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../base/index.ts';
import { EXAMPLES } from './examples-test-kit.ts';
import { BUILDER } from './graphs-test-kit.ts';
import { compile, World } from './state-test-kit.ts';

/** Of these, what was thrown by restoring: names and messages. */
const ATTEMPT = `
  let outcome = 'restored';
  try { state.restoreState(incoming, scopes, code); }
  catch (error) { outcome = error.name; if (outcome !== 'MalformedBytes') outcome += ' ' + error.stack; }
  outcome;
`;

function pick(random: Random, below: number): number {
  return random.uint32() % below;
}

/** A state with a few things wrong: bytes changed, gone, or in the wrong place. */
function spoil(random: Random, state: Uint8Array): Uint8Array {
  let bytes = [...state];
  for (let times = 1 + pick(random, 3); times > 0; times--) {
    const at = pick(random, bytes.length);
    const way = pick(random, 5);
    if (way === 0) bytes[at] = pick(random, 256);
    else if (way === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(random, 8));
    else if (way === 2) bytes.splice(at, 1 + pick(random, 4));
    else if (way === 3) bytes.splice(at, 0, ...bytes.slice(pick(random, bytes.length)).slice(0, 9));
    else bytes = bytes.slice(0, at + 1);
  }
  return Uint8Array.from(bytes);
}

/** Code, and a state of it. */
interface Subject {
  readonly code: string;
  readonly bytes: Uint8Array;
}

function exampleSubjects(): readonly Subject[] {
  return Object.values(EXAMPLES).map(({ source, calls }) => {
    const code = compile(source);
    const world = new World(code);
    world.run('object = new module.Main();');
    for (let a = 0; a < 4; a++) {
      const each = calls.map((call) => `try { const a = ${a}, b = ${a + 1}; ${call}; } catch {}`);
      world.run(each.join('\n'));
    }
    return { code, bytes: world.capture() };
  });
}

function graphSubject(random: Random): Subject {
  const world = new World(BUILDER);
  const list = (length: number, below: number): readonly number[] =>
    Array.from({ length }, () => pick(random, below));
  const edges = Array.from({ length: 40 }, () => [
    ...list(2, 40),
    pick(random, 13),
    pick(random, 9),
  ]);
  world.run(`object = module.build(${JSON.stringify(list(20, 30))}, ${JSON.stringify(edges)});`);
  return { code: BUILDER, bytes: world.capture() };
}

test('whatever the bytes, restoring says MalformedBytes or succeeds', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = new Random(seed);
  const seen = new Map<string, number>();
  const graphs = Array.from({ length: 20 }, () => graphSubject(random));
  for (const { code, bytes } of [...exampleSubjects(), ...graphs]) {
    for (let round = 0; round < 5; round++) {
      const victim = new World(code);
      for (let times = 0; times < 60; times++) {
        const outcome = victim.with(spoil(random, bytes), ATTEMPT);
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      }
    }
  }

  const wrong = [...seen.keys()].filter((each) => !/^(?:restored|MalformedBytes)$/.test(each));
  equal(wrong.join('\n'), '', `seed ${seed}`);
  notEqual(seen.get('MalformedBytes') ?? 0, 0);
});

/** Keys that no state has, and those of the same length in whose place they stand. */
const HELD: readonly (readonly [held: string, name: string, element: string])[] = [
  ['[1]', 'lengte', 'length'],
  ['[1]', 'q', '7'],
  ['module.List.from([1])', 'lengte', 'length'],
  ['Object.setPrototypeOf([1], null)', 'lengte', 'length'],
  ['Object.setPrototypeOf([1], null)', 'q', '0'],
  ['new Uint8Array(9)', 'q', '7'],
  ['new Uint8Array(9)', 'qq', '-0'],
  ['new BigInt64Array(9)', 'q', '7'],
  ['new String("text")', 'q', '1'],
  ['new String("text")', 'lengte', 'length'],
];

test('keys of elements and lengths are no names: malformed, and nothing is run', () => {
  const code = compile(`
    export class Main { held: any; }
    export class List extends Array {}
    export class Trap { valueOf() { throw new Error('ran'); } }
  `);
  for (const [held, name, element] of HELD) {
    for (const value of ['Symbol.iterator', '5n', '-1', 'new module.Trap()']) {
      const world = new World(code);
      world.run(
        `object = new module.Main(); object.held = ${held}; object.held.${name} = ${value};`,
      );
      const text = Buffer.from(world.capture()).toString('latin1');
      equal(text.split(name).length, 2, `${name} is captured once`);
      const bytes = Uint8Array.from(Buffer.from(text.replace(name, element), 'latin1'));
      equal(new World(code).with(bytes, ATTEMPT), 'MalformedBytes', `${held} ${element} ${value}`);
    }
  }
});

test('random bytes are malformed', () => {
  const world = World.of('export class Main {}');
  const random = new Random(1);

  for (let times = 0; times < 2000; times++) {
    const bytes = Uint8Array.from({ length: pick(random, 60) }, () => pick(random, 256));
    if (bytes.length > 0) bytes[0] = 1;
    equal(world.with(bytes, ATTEMPT), 'MalformedBytes');
  }
});

test('a state is refused by other code, and a later format by this version', () => {
  const world = World.of('export class Main { a = 1; }');
  world.run('object = new module.Main();');
  const bytes = world.capture();
  const later = Uint8Array.from(bytes);
  later[0] = 2;

  equal(
    World.of('class More {} export class Main { a = 1; }').with(bytes, ATTEMPT),
    'MalformedBytes',
  );
  equal(World.of('export class Main { a = 1; }').with(later, ATTEMPT), 'MalformedBytes');
  equal(World.of('export class Main { a = 1; }').with(bytes, ATTEMPT), 'restored');
});

test('a few bytes take no memory that they do not fill', () => {
  const world = World.of('export class Main { held: any; }');
  // Made sparse first: to make them at once would take the memory.
  world.run(`object = new module.Main(); object.held = Array.from({ length: 50 }, () => {
    const array = [];
    array[2 ** 32 - 2] = 0;
    array.length = 30_000_000;
    return array;
  });`);
  const bytes = world.capture();
  const victim = World.of('export class Main { held: any; }');
  const before = process.memoryUsage().heapUsed;

  victim.restore(bytes);

  equal(victim.run('object.held[49].length'), 30_000_000);
  equal(process.memoryUsage().heapUsed - before < 100_000_000, true);
});
