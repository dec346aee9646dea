/** Wrong usage, and what comes later: exit code 2, and words instead of a stack. */
import { deepEqual, doesNotMatch, match } from 'node:assert/strict';
import { COUNTER, Stage } from './kit.ts';
import { sideBySide } from './side-by-side.ts';

/** Runs all command lines side by side, and expects exit code 2 and this message of each. */
async function expectUsage(cases: readonly (readonly [string, RegExp])[]): Promise<void> {
  await using stage = new Stage();
  const runs = cases.map(async ([line, message]) => {
    const { code, stdout, stderr } = await stage.run(...line.split(' '));
    match(stderr, message, line);
    doesNotMatch(stderr, /^\s+at /m, `${line}: no stack`);
    deepEqual([code, stdout, stderr.trimEnd().split('\n').length], [2, '', 1], line);
  });
  await Promise.all(runs);
}

sideBySide('usage', {
  'flags and arguments that make no sense exit with 2 and one line': () =>
    expectUsage([
      ['replica --nonsense', /^concoord: unknown option '--nonsense'.* --help/],
      ['nonsense', /^concoord: unknown command 'nonsense'; .*concoord --help/],
      ['statsu', /^concoord: unknown command 'statsu' \(Did you mean status\?\); .* --help/],
      ['status', /^concoord: missing required argument 'addresses'.* --help/],
      ['replica', /-o names the object/],
      [`replica -o ${COUNTER} -p 99999`, /'99999' is no port/],
      [`replica -o ${COUNTER} -a 127.0.0.1:14000`, /is no address to bind/],
      ['replica -b 127.0.0.1:99999', /is no address/],
      [`replica -o ${COUNTER} -l loghost`, /'loghost' is no address: write host:port/],
      ['bundle', /missing required argument 'server\|client'.* --help/],
      ['bundle both', /there are two bundles, server and client, and no 'both'/],
      [
        'bundle server --platform amiga',
        /there is no bundle for 'amiga'.* linux-x64, .*darwin-arm64/,
      ],
      ['bundle client --platform linux-x64', /a client bundle runs everywhere/],
      [`bundle server --objects ${COUNTER}`, /is in every bundle; leave it out/],
      ['replica -b example', /-b: example has no port: write example:14000/],
      ['status example', /example has no port: write example:14000/],
      ['status a..test', /'a\.\.test' is no address and no domain: it has an empty label/],
      [
        'status 127.0.0.1:16001 --dns localhost:53',
        /--dns localhost:53: give the address of a name/,
      ],
      ['object', /-o names the class/],
      [`object -o ${COUNTER} -p 4`, /-p: '4' is no type of proxy; .*0 \(basic\)/],
      [`object -o ${COUNTER} --embed-token`, /--embed-token writes the token that -t names/],
      ['replica -p 16001 -b 127.0.0.1:16001', /names only this replica itself/],
      [`replica -o ${COUNTER} --data-dir here`, /give -w as well/],
      [`replica -o ${COUNTER} --token-file missing`, /--token-file: cannot read missing: ENOENT/],
      ['status 127.0.0.1:1 --token-file .', /--token-file: cannot read \.: EISDIR/],
    ]),

  'a domain that cannot be served is explained': () =>
    expectUsage([
      [`replica -o ${COUNTER} -n localhost`, /-n 'localhost': a domain has a dot/],
      [`replica -o ${COUNTER} --dns-port 5353`, /--dns-port is of the name server: give .*-n/],
    ]),

  'help and version are no errors': async () => {
    await using stage = new Stage();

    const [help, flags, version] = await Promise.all([
      stage.run(),
      stage.run('REPLICA', '--help'),
      stage.run('--version'),
    ]);

    deepEqual([help.code, flags.code, version.code], [0, 0, 0]);
    match(help.stdout, /replica .*start a replica/);
    for (const flag of [
      '-a',
      '-p',
      '-b',
      '-o',
      '-l',
      '-n',
      '-r',
      '-w',
      '-d',
      '--data-dir',
      '--dns-port',
      '--dns-ttl',
      '--token-file',
    ]) {
      match(flags.stdout, new RegExp(` ${flag}\\b`));
    }
    match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  },
});
