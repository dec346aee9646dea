import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../base/index.ts';
import { findBuiltIn } from '../library/index.ts';
import type { ObjectType } from '../object/index.ts';
import { makeView } from '../paxos/index.ts';
import { decodeRefusal, encodeHello, FRAME } from '../wire/index.ts';
import { ReplicaServer } from './replica-server.ts';
import { OWN_SHADOW } from './shadow-thread.ts';
import { clientHello, INSTANCE, peerHello, station, Wire } from './tcp-test-kit.ts';

const NOTHING = (): undefined => undefined;

test('a replica whose disk was not read yet tells nobody where its log ends', async (t) => {
  const { it, port } = await station(t, 9);
  await it.stop();
  const self = { id: 1, address: `127.0.0.1:${port}`, durable: true };
  const household = {
    instance: INSTANCE,
    generation: 1,
    genesis: makeView(1, 1, [self]),
    self,
    incarnation: 2,
    objectName: 'counter.Counter',
    codeHash: 'c0de',
    engine: 'v8',
    methods: [],
  };
  const server = new ReplicaServer({
    household,
    access: undefined,
    program: {
      kind: 'builtIn',
      type: findBuiltIn('concoord.object.counter.Counter') as ObjectType,
      shadow: OWN_SHADOW,
    },
    contacts: [],
    directory: undefined,
    random: new Random(1),
    logger: { debug: NOTHING, info: NOTHING, warn: NOTHING },
    notice: NOTHING,
    claimed: NOTHING,
    refused: NOTHING,
    fatal: NOTHING,
  });
  await server.listen();
  t.after(() => server.close());

  for (const hello of [peerHello(2), clientHello('control')]) {
    const wire = new Wire(port);
    t.after(() => wire.socket.destroy());
    wire.send(FRAME.hello, encodeHello(hello));

    const refusal = decodeRefusal(await wire.frame(FRAME.refusal));

    deepEqual(refusal, { code: 'CONNECTION', message: 'the replica is starting' });
  }
});
