import { contextWorlds } from './realm-test-kit.ts';
import { testWorlds } from './shared-tests-test-kit.ts';

testWorlds(await contextWorlds());
