import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from 'dns-packet';
import { Random } from '../base/index.ts';
import { answer, answerTruncated, MOST_UDP_BYTES } from './answer.ts';
import { hostilePacket } from './hostile-test-kit.ts';
import { aZone, nameServers } from './packets-test-kit.ts';

/** `CONCOORD_SOAK=full` sends a million; `SEED=n` sends those of a seed that a failure has named. */
const PACKETS = process.env['CONCOORD_SOAK'] === 'full' ? 1_000_000 : 30_000;
const HEADER_BYTES = 12;
const KNOWN_RCODES = new Set([0, 1, 3, 4, 5]);

test('whatever comes, the reply is one that the RFCs want, or none', () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  const random = new Random(seed);
  const zone = aZone(nameServers(60));
  const replies = new Map<string, number>();

  for (let left = PACKETS; left > 0; left--) {
    const packet = hostilePacket(random);
    const transport = random.pick(['udp', 'tcp'] as const);
    const context = `SEED=${seed}, ${transport} ${packet.toString('hex')}`;
    const reply = answer(packet, zone, transport);
    const isQuery = packet.length >= HEADER_BYTES && ((packet[2] as number) & 0x80) === 0;
    equal(reply !== undefined, isQuery, context);
    const short = answerTruncated(packet);
    ok(short === undefined || short.length <= packet.length, context);
    if (reply === undefined) continue;

    equal(reply.readUInt16BE(0), packet.readUInt16BE(0), context);
    ok(((reply[2] as number) & 0x80) !== 0, context);
    const rcode = (reply[3] as number) & 15;
    ok(KNOWN_RCODES.has(rcode), context);
    ok(transport === 'tcp' || reply.length <= MOST_UDP_BYTES, context);
    // Everything claimed is there, and nothing else.
    decode(reply);
    equal(decode.bytes, reply.length, context);
    if (reply.readUInt16BE(4) === 1) {
      const end = endOfQuestion(packet);
      deepEqual(reply.subarray(HEADER_BYTES, end), packet.subarray(HEADER_BYTES, end), context);
    }
    const kind = `${rcode} ${reply.readUInt16BE(6) > 0 ? 'answers' : 'nothing'}`;
    replies.set(kind, (replies.get(kind) ?? 0) + 1);
  }

  // The packets were neither all refused nor all fine.
  deepEqual([...replies.keys()].sort(), [
    '0 answers',
    '0 nothing',
    '1 nothing',
    '3 nothing',
    '4 nothing',
    '5 nothing',
  ]);
});

function endOfQuestion(packet: Buffer): number {
  let at = HEADER_BYTES;
  while (packet[at] !== 0) at += 1 + (packet[at] as number);
  return at + 5;
}
