import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ConCoordError } from '../base/index.ts';
import { parseHosts } from './hosts-file.ts';

test('a line has a host and its groups; comments, empty lines and repeated groups do not count', () => {
  const text = '# ours\na f0,f1,f0\n\n  b.example.org\tr1 # the new one\r\n::1\n';
  assert.deepEqual(parseHosts(text), [
    { host: 'a', groups: ['f0', 'f1'] },
    { host: 'b.example.org', groups: ['r1'] },
    { host: '::1', groups: [] },
  ]);
});

const WRONG = {
  'a\na': 'line 2 of the hosts: a is there twice',
  'a f0 f1': 'line 1 of the hosts: 1 more words behind the groups',
  '-oProxyCommand=x': 'line 1 of the hosts: "-oProxyCommand=x" is no host name',
  'a;rm': 'line 1 of the hosts: "a;rm" is no host name',
  'a f0,,f1': 'line 1 of the hosts: "" is no failure group',
  'a f0,$(x)': 'line 1 of the hosts: "$(x)" is no failure group',
};

for (const [text, message] of Object.entries(WRONG)) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseHosts(text), { code: 'INVALID_ARGUMENT', message });
  });
}

test('whatever the text, there are hosts, or an error that names the line', () => {
  const line = fc.oneof(fc.string(), fc.stringMatching(/^[a-c]{1,2} [f,]{0,4}$/));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      try {
        const nodes = parseHosts(lines.join('\n'));
        assert.equal(new Set(nodes.map(({ host }) => host)).size, nodes.length);
      } catch (error) {
        assert.ok(error instanceof ConCoordError);
        assert.match(error.message, /^line \d+ of the hosts: /);
      }
    }),
  );
});
