/** Templates are lowered: the array that a tag gets is a variable of the module, which states hold. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { contextWorlds } from '../realm/realm-test-kit.ts';
import { loadClass } from './load.ts';
import { makeFolder } from './loading-test-kit.ts';

const SOURCE = `
  const seen: unknown[] = [];
  function number(strings: TemplateStringsArray, ...values: unknown[]): number {
    if (!seen.includes(strings)) seen.push(strings);
    return seen.indexOf(strings) * 100 + values.length;
  }
  export class Main {
    name = 'x';
    one() { return number\`a\${this.name}b\`; }
    other() { return number\`\${1}\${2}\`; }
    raw() { return String.raw\`\\n\${this.name}\`; }
    double() { let s = this.name; for (;;) s = \`\${s}\${s}\`; }
    text() { return \`\${this.name}-\${[1, 2]}-\${null}\`; }
  }`;

test('what a tag remembers of its template is the same after a snapshot', async (t) => {
  const make = await contextWorlds();
  const directory = makeFolder(t, { 'main.ts': SOURCE });
  const { name, code, methods } = await loadClass('main.Main', { paths: [], directory });
  const manifest = { name, exported: 'Main', methods };
  const steady = make(code, manifest);
  deepEqual([steady.call('other'), steady.call('one')], [2, 101]);

  const restored = make(code, manifest, steady.realm.capture());

  for (const method of ['one', 'other', 'raw', 'text']) {
    deepEqual(restored.call(method), steady.call(method), method);
  }
  equal(restored.call('one'), 101);
  equal(restored.call('raw'), '\\nx');
  equal(restored.call('text'), 'x-1,2-null');
});

test('text that doubles in templates is ended', async (t) => {
  const make = await contextWorlds();
  const directory = makeFolder(t, { 'main.ts': SOURCE });
  const { name, code, methods } = await loadClass('main.Main', { paths: [], directory });

  const result = make(code, { name, exported: 'Main', methods }).result('double');

  equal(result.kind === 'refused' && result.code, 'BUDGET_EXCEEDED');
});
