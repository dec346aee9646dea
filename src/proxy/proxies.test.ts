/** The proxies that are shipped, against the objects that replicas run. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { BareProxy } from '../client/index.ts';
import { builtInNames, findBuiltIn } from '../library/index.ts';

/** What a proxy has of its own, beside the methods of its object. */
const OF_PROXIES = new Set([
  'constructor',
  'with',
  'flush',
  'close',
  'hold',
  'holdRead',
  'holdWrite',
  'lead',
]);

for (const name of builtInNames()) {
  const [, module, className = ''] = /^concoord\.object\.(\w+)\.(\w+)$/.exec(name) ?? [];

  test(`the proxy of ${className} has its methods, and no others`, async () => {
    const exported = (await import(`./${module}.ts`)) as Record<string, unknown>;
    const Proxy = exported[className] as new (bootstrap: string) => BareProxy;
    const own = Object.getOwnPropertyNames(Proxy.prototype);
    const expected = new Set(findBuiltIn(name)?.methods.map((method) => method.name));
    for (const every of ['__concoordinit__', '__str__', '__repr__']) expected.add(every);

    deepEqual(
      own.filter((method) => !OF_PROXIES.has(method) || expected.has(method)).toSorted(),
      [...expected].toSorted(),
    );
    await using proxy = new Proxy('127.0.0.1:1');
    ok(proxy instanceof BareProxy);
    equal(String(proxy), `${className}(127.0.0.1:1)`);
  });
}
