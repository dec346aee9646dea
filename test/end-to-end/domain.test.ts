/** Programs, commands and joiners that know nothing of an instance but its domain. */
import { equal, match } from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { domainOf, NameServer } from '../../src/naming/name-server-test-kit.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allLevel, COUNTER, Stage } from './kit.ts';
import { freePort, freePorts } from './ports.ts';
import type { Process } from './process.ts';
import { sideBySide } from './side-by-side.ts';

const PIPED = fileURLToPath(new URL('piped.ts', import.meta.url));
const DOMAIN = 'counterdomain.test';

sideBySide('domain', {
  'a joiner waits for its domain, and says what is wrong with it': async () => {
    await using stage = new Stage();
    const ports = await freePorts(3);
    const [first = 0, second = 0, third = 0] = ports;
    await stage.replica(first, ['-o', COUNTER]);
    // Of a time when others were here; nobody joins by himself.
    await using server = await NameServer.start(domainOf(DOMAIN, [second]));
    const join = (port: number, domain: string): Process =>
      stage.start(['replica', '-p', `${port}`, '-b', domain, '--dns', server.address]);
    const joiners = [join(second, DOMAIN), join(third, 'later.test')] as const;
    await Promise.all([
      joiners[0].printed(
        'stderr',
        /no answer: counterdomain\.test lists only this replica itself;/,
      ),
      joiners[1].printed('stderr', /no answer: the domain later\.test does not exist; tries on/),
    ]);

    server.records = [...domainOf(DOMAIN, [second, first]), ...domainOf('later.test', [first])];

    await Promise.all(joiners.map((one) => one.printed('stdout', /^REPLICA-\S+ ready/m)));
    await allLevel(ports, 3);
  },

  'what is wrong with a domain is said while a name server keeps a joiner waiting, too':
    async () => {
      await using stage = new Stage();
      const port = await freePort();
      await using server = await NameServer.start();
      server.manner = () => (server.count('SRV') > 1 ? 'silent' : 'right');
      const flags = ['-p', `${port}`, '-b', 'later.test', '--dns', server.address];

      const joiner = stage.start(['replica', ...flags]);
      const [line] = await joiner.printed('stderr', /no answer: .*; tries on/);

      match(line, /no answer: the domain later\.test does not exist; tries on/);
    },

  'a replica that is a name server is found by those who ask it': async () => {
    await using stage = new Stage();
    const [first = 0, second = 0, dnsPort = 0] = await freePorts(3);
    const service = ['-n', DOMAIN, '--dns-port', `${dnsPort}`];
    const founder = await stage.replica(first, ['-o', COUNTER, ...service]);
    const dns = `127.0.0.1:${dnsPort}`;
    await stage.replica(second, ['-b', DOMAIN, '--dns', dns]);
    await using c = new Counter('CounterDomain.test', { dns });

    await c.increment();
    equal(await c.getvalue(), 1);
    // With the name server gone, those who are known serve on.
    const third = await freePort();
    await stage.replica(third, ['-b', `gone.test, ${addressOf(second)}`, '--dns', dns]);
    await allLevel([first, second, third], 3);
    await founder.killed();
    await c.increment();
    equal(await c.getvalue(), 2);
  },

  'commands say what is wrong with a domain, in one line': async () => {
    await using stage = new Stage();
    await using server = await NameServer.start(domainOf('empty.test', []));
    const cases = [
      ['gone.test', /^concoord: the domain gone\.test does not exist \(CONNECTION\)\. .*host:port/],
      ['empty.test', /^concoord: empty\.test lists no replicas: .* \(CONNECTION\)\. .*:14000/],
    ] as const;
    for (const [domain, line] of cases) {
      const done = await stage.run('status', domain, '--dns', server.address);
      equal(done.code, 1);
      match(done.stderr, line);
      equal(done.stderr.trim().split('\n').length, 1);
    }
  },

  'lines at the prompt ask the name server that was given': async () => {
    await using stage = new Stage();
    const port = await freePort();
    await stage.replica(port, ['-o', COUNTER]);
    await using server = await NameServer.start(domainOf(DOMAIN, [port]));
    const repl = stage.start(['repl', DOMAIN, '--dns', server.address], { main: PIPED });
    repl.child.stdin?.end(`c.increment()\nd = new Counter('${DOMAIN}')\nd.getvalue()\n`);

    equal((await repl.ended()).code, 0, repl.stderr);
    match(repl.stdout, /^1$/m);
  },
});
