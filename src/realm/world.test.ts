import { testBounds } from './bounds-test-kit.ts';
import { contextWorlds } from './realm-test-kit.ts';
import { testWorlds } from './shared-tests-test-kit.ts';

const make = await contextWorlds();
testWorlds(make);
testBounds(make);
