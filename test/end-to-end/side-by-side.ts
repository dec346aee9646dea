import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';

/** Tests wait for processes more than they work, but a small machine has few processors. */
const AT_ONCE = 3;

/** The tests of a file, several at a time, since each has replicas and a folder of its own. */
export function sideBySide(
  topic: string,
  tests: Readonly<Record<string, (t: TestContext) => Promise<void>>>,
): void {
  void suite(topic, { concurrency: AT_ONCE }, () => {
    for (const [name, run] of Object.entries(tests)) void test(name, run);
  });
}
