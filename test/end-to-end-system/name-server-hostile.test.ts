/** A replica whose name server is sent what nobody should send; it must not notice. */
import { equal, ok } from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { Random } from '../../src/base/index.ts';
import { hostilePacket } from '../../src/dns/hostile-test-kit.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, COUNTER, Stage } from '../end-to-end/kit.ts';
import { freePorts } from '../end-to-end/ports.ts';
import { sized } from './size.ts';

const DOMAIN = 'counterdomain.test';
const PACKETS = sized(60_000, 1_000_000);
const AT_ONCE = 500;
/** More than the thread of a name server may take at all. */
const MOST_GROWTH = 150 * 2 ** 20;

/**
 * Half of the packets over UDP, half over TCP, where the name server hangs up on what deserves no reply. Most
 * are too many for one source, as they would be; `src/dns/` has tests in which all of them are looked at.
 */
async function attack(random: Random, udp: UdpSocket, port: number): Promise<void> {
  for (let left = AT_ONCE / 2; left > 0; left--) udp.send(hostilePacket(random), port, '127.0.0.1');
  const conversation = connect({ host: '127.0.0.1', port }).resume();
  const closed = new Promise<void>((resolve) => conversation.once('close', () => resolve()));
  conversation.on('error', () => undefined);
  for (let left = AT_ONCE / 2; left > 0; left--) {
    const packet = hostilePacket(random);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(random.chance(9, 10) ? packet.length : random.between(0, 65_535));
    conversation.write(Buffer.concat([length, packet]));
  }
  conversation.end();
  await closed;
}

function residentBytes(pid: number): number {
  const [, kilobytes = ''] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return 1024 * Number(kilobytes);
}

test('packets without sense cost a replica neither its life, nor memory, nor calls', async (t) => {
  await using stage = new Stage();
  const [port = 0, dnsPort = 0] = await freePorts(2);
  const flags = ['-o', COUNTER, '-n', DOMAIN, '--dns-port', String(dnsPort)];
  const replica = await stage.replica(port, flags);
  await using counter = new Counter(addressOf(port));
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`SEED=${seed}, ${PACKETS} packets`);
  const random = new Random(seed);
  const udp = createSocket('udp4');
  t.after(() => udp.close());
  await attack(random, udp, dnsPort);
  const before = residentBytes(replica.pid);
  let calls = 0;

  for (let left = PACKETS - AT_ONCE; left > 0; left -= AT_ONCE) {
    await attack(random, udp, dnsPort);
    await counter.increment();
    calls++;
  }

  equal(await counter.getvalue(), calls);
  const growth = residentBytes(replica.pid) - before;
  t.diagnostic(`${calls} calls meanwhile, grown by ${growth} bytes`);
  ok(growth < MOST_GROWTH, `grown by ${growth} bytes`);
  equal(/name server was lost/.test(replica.stderr), false, replica.stderr);
  const resolver = new Resolver({ timeout: 5000, tries: 4 });
  resolver.setServers([`127.0.0.1:${dnsPort}`]);
  equal((await resolver.resolve4(DOMAIN))[0], '127.0.0.1');
});
