import { equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { compile, twins } from './state-test-kit.ts';

const BAG = compile('export const top = new Float32Array(2); export class Bag { held: any; }');

/** Words of 16 bits that are a NaN of each kind, as they lie in memory; the first is the usual one. */
const NANS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  Float16Array: [[0x7e00], [0xfe00], [0x7c01], [0xffff]],
  Float32Array: [
    [0, 0x7fc0],
    [0, 0xffc0],
    [1, 0x7f80],
    [7, 0xffff],
  ],
  Float64Array: [
    [0, 0, 0, 0x7ff8],
    [0, 0, 0, 0xfff8],
    [1, 0, 0, 0x7ff0],
    [0, 0, 5, 0xfff8],
  ],
};

function captured(name: string, words: readonly number[], held: string): string {
  const { bytes } = twins(
    BAG,
    `object = new module.Bag();
     const floats = new ${name}(4).fill(1.5);
     floats.set([-Infinity, -0, Infinity], 1);
     const words = new Uint16Array(floats.buffer);
     words.set([${words.join()}]);
     object.held = ${held};`,
  );
  return Buffer.from(bytes).toString('hex');
}

for (const [name, [usual = [], ...others]] of Object.entries(NANS)) {
  test(`a state does not tell which NaN the engine has chosen: ${name}`, () => {
    for (const held of [
      'floats',
      '[floats.buffer, floats]',
      `[words, new ${name}(floats.buffer, 0, 1)]`,
    ]) {
      const bytes = captured(name, usual, held);
      for (const words of others) equal(captured(name, words, held), bytes, held);
    }
    for (const words of others) {
      notEqual(captured(name, words, 'words'), captured(name, usual, 'words'), 'no floats');
    }
  });

  test(`all that is a number stays what it is: ${name}`, () => {
    const { second } = twins(
      BAG,
      `object = new module.Bag();
       object.held = new ${name}([NaN, 0, -0, Infinity, -Infinity, 6e-8, 65504, -1.5]);
       object.held.subarray(1).forEach((x, at) => (object['x' + at] = x));`,
    );

    const program = `[Object.is(object.held[0], NaN), object.held.subarray(1)
      .every((x, at) => Object.is(x, object['x' + at]))].join()`;
    equal(second.run(program), 'true,true');
  });
}

test('floats of the module are no other', () => {
  const [one, other] = ['0x7fc00000', '0xffc00001'].map((bits) => {
    const { bytes } = twins(
      BAG,
      `new Uint32Array(module.top.buffer)[1] = ${bits}; object = new module.Bag();`,
    );
    return Buffer.from(bytes).toString('hex');
  });

  equal(one, other);
});
