import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { AUTHORITATIVE_ANSWER, decode, encode, streamDecode, TRUNCATED_RESPONSE } from 'dns-packet';
import type { Answer, Packet } from 'dns-packet';

export interface Asked {
  readonly name: string;
  readonly type: string;
  readonly by: 'udp' | 'tcp';
}

/** How a question is answered. */
export type Manner =
  | 'right'
  | 'silent'
  /** By UDP only that there is more; by TCP all. */
  | 'truncated'
  | 'nonsense'
  /** With the id of another question. */
  | 'strange'
  | 'SERVFAIL'
  | 'REFUSED'
  | 'NOTIMP'
  /** When `release` is called. */
  | 'held';

const RCODES = { NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, SERVFAIL: 2 } as const;

/** An authoritative name server on loopback, whose records and manners can change while it runs. */
export class NameServer implements AsyncDisposable {
  readonly #udp: Socket = createSocket('udp4');
  readonly #tcp: Server;
  #records: readonly Answer[] = [];
  readonly #held: (() => void)[] = [];
  readonly asked: Asked[] = [];
  manner: (asked: Asked) => Manner = () => 'right';
  /** What becomes of an answer on its way. */
  mangle: (packet: Buffer) => Buffer = (packet) => packet;

  private constructor(records: readonly Answer[]) {
    this.#records = records;
    this.#udp.on('message', (query, { port, address }) => {
      this.#take(decode(query), 'udp', (packet) => {
        this.#udp.send(packet, port, address, () => undefined);
      });
    });
    this.#tcp = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (query) => {
        this.#take(streamDecode(query), 'tcp', (packet) => {
          socket.write(Buffer.concat([Buffer.from([packet.length >> 8, packet.length]), packet]));
        });
      });
    });
  }

  /** On a port of which both kinds are free. */
  static async start(records: readonly Answer[] = []): Promise<NameServer> {
    for (;;) {
      const server = new NameServer(records);
      server.#tcp.listen(0, '127.0.0.1');
      await once(server.#tcp, 'listening');
      const { port } = server.#tcp.address() as { port: number };
      server.#udp.bind(port, '127.0.0.1');
      try {
        await once(server.#udp, 'listening');
        return server;
      } catch {
        server.#tcp.close();
      }
    }
  }

  get address(): string {
    return `127.0.0.1:${this.#udp.address().port}`;
  }

  /** From now on. */
  set records(records: readonly Answer[]) {
    this.#records = records;
  }

  /** How often a question of this type was asked. */
  count(type: string): number {
    return this.asked.filter((one) => one.type === type).length;
  }

  /** Answers what was held. */
  release(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  #take(query: Packet, by: 'udp' | 'tcp', send: (packet: Buffer) => void): void {
    const [question] = query.questions ?? [];
    const { id = 0 } = query;
    if (question === undefined) return;
    const asked: Asked = { name: question.name.toLowerCase(), type: question.type, by };
    this.asked.push(asked);
    const manner = this.manner(asked);
    if (manner === 'silent') return;
    if (manner === 'nonsense') {
      send(Buffer.from([id >> 8, id & 0xff, 0x84, 0, 0xff, 0xff, 0xff, 0xff, 0xc0, 0x0c]));
    } else if (manner === 'held') this.#held.push(() => send(this.#answer(query, asked, 'right')));
    else send(this.mangle(this.#answer(query, asked, manner)));
  }

  #answer(query: Packet, { by, name, type }: Asked, manner: Manner): Buffer {
    const { id = 0 } = query;
    const ofName = this.#records.filter((record) => record.name.toLowerCase() === name);
    const answers = ofName.filter((record) => record.type === type || record.type === 'CNAME');
    const isCut = manner === 'truncated' && by === 'udp';
    let rcode = ofName.length === 0 ? RCODES.NXDOMAIN : 0;
    if (manner === 'SERVFAIL' || manner === 'REFUSED' || manner === 'NOTIMP')
      rcode = RCODES[manner];
    return encode({
      type: 'response',
      id: manner === 'strange' ? (id + 1) & 0xffff : id,
      flags: AUTHORITATIVE_ANSWER | (isCut ? TRUNCATED_RESPONSE : 0) | rcode,
      questions: query.questions ?? [],
      answers: rcode === 0 && !isCut ? answers : [],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#udp.close();
    this.#tcp.close();
    await Promise.all([once(this.#udp, 'close'), once(this.#tcp, 'close')]);
  }
}

/** `_concoord._tcp` of `domain` leads to `host:port`. */
export function srv(
  domain: string,
  target: string,
  port: number,
  { priority = 0, weight = 0 }: { readonly priority?: number; readonly weight?: number } = {},
): Answer {
  const name = `_concoord._tcp.${domain}`;
  return { name, type: 'SRV', ttl: 30, data: { target, port, priority, weight } };
}

export function a(name: string, data = '127.0.0.1'): Answer {
  return { name, type: 'A', ttl: 30, data };
}

export function aaaa(name: string, data = '::1'): Answer {
  return { name, type: 'AAAA', ttl: 30, data };
}

/** The records of a domain whose replicas listen on ports of this machine, each with a name of its own. */
export function domainOf(domain: string, ports: readonly number[]): Answer[] {
  return [
    a(domain),
    ...ports.flatMap((port, at) => [srv(domain, `r${at}.${domain}`, port), a(`r${at}.${domain}`)]),
  ];
}
