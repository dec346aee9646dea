import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { testBounds } from './bounds-test-kit.ts';
import { MAX_DEPTH } from './costs.ts';
import { isolateWorlds, pieces } from './realm-test-kit.ts';
import { testWorlds } from './shared-tests-test-kit.ts';

const make = await isolateWorlds();
testWorlds(make);
testBounds(make);

/** Each nests by one more until the depth is spent; `enter` is what the loader writes into functions. */
const NESTS: Readonly<Record<string, string>> = {
  plain: 'n <= 0 ? 0 : 1 + nest(n - 1)',
  map: 'n <= 0 ? 0 : [1].map(() => nest(n - 4))[0] + 4',
  sort: 'n <= 0 ? 0 : ([1, 2].sort(() => { at = nest(n - 4); return 0; }), at + 4)',
  replace: "n <= 0 ? 0 : (('a').replace(/a/, () => { at = nest(n - 4); return ''; }), at + 4)",
  json: 'n <= 0 ? 0 : (JSON.stringify({ toJSON() { at = nest(n - 4); } }), at + 4)',
  spread: 'n <= 0 ? 0 : Math.max.apply(null, [nest(n - 4) + 4])',
};

for (const [name, nest] of Object.entries(NESTS)) {
  test(`depth ends before the stack of an isolate does: ${name}`, () => {
    const enter = 'if (($.depth += 1) > $.maxDepth) $.exhausted();';
    const body = `let at = 0;
      const nest = (n) => { ${enter} try { return ${nest}; } finally { $.depth -= 1; } };
      return nest(args[0])`;
    // Almost all of the depth, with what a function weighs at least: the stack has room for it.
    const world = pieces(make, { nest: body });
    const most = MAX_DEPTH - 8;

    ok(Number(world.call('nest', most)) >= most);
    const { killed } = world.batch(['nest', 10 * MAX_DEPTH]);
    equal(killed, true);
  });
}
