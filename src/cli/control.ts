import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { answerChallenge } from '../auth/index.ts';
import type { Token } from '../auth/index.ts';
import { ConCoordError, limits } from '../base/index.ts';
import {
  decodeChallenge,
  decodeRefusal,
  decodeWelcome,
  encodeFrame,
  encodeHello,
  FRAME,
  FrameReader,
  WIRE,
} from '../wire/index.ts';
import type { Challenge, Frame, Welcome } from '../wire/index.ts';
import type { HostPort } from './address.ts';
import { showAddress } from './address.ts';

const PATIENCE_MS = 5000;

/** A replica is there, and refuses to talk to us. */
export class Refused extends ConCoordError {}

/** A question to one replica, over a connection of its own. */
export interface Answer {
  readonly welcome: Welcome;
  /** What the replica answered to the request; undefined when none was made. */
  readonly reply: unknown;
  /** It asked for the token. */
  readonly guarded: boolean;
}

/** How a question is put. */
export interface Manner {
  readonly patienceMs?: number;
  /** Only members of this instance are meant; others refuse with `INSTANCE_MISMATCH`. */
  readonly instance?: string;
  /** For replicas that ask for it. */
  readonly token?: Token | undefined;
}

/**
 * Connects, shakes hands, and sends `request` when there is one.
 *
 * @param request Plain data that goes as JSON.
 * @throws ConCoordError `CONNECTION` when nobody answers there; `Refused` with the replica's own refusal.
 */
export async function ask(
  address: HostPort,
  request: unknown,
  { patienceMs = PATIENCE_MS, instance = '', token }: Manner = {},
): Promise<Answer> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  try {
    return await converse(socket, address, request, { patienceMs, instance, token });
  } finally {
    socket.destroy();
  }
}

function converse(
  socket: Socket,
  address: HostPort,
  request: unknown,
  { patienceMs, instance, token }: Required<Manner>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new ConCoordError('CONNECTION', `${showAddress(address)} ${why}`));
    };
    const timer = setTimeout(() => fail(`did not answer within ${patienceMs} ms`), patienceMs);
    socket.on('close', () => {
      clearTimeout(timer);
      fail('closed the connection');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => fail(`cannot be reached: ${error.code}`));
    const hello = encodeHello({
      role: 'client',
      wire: WIRE,
      instance,
      library: 'concoord',
      purpose: 'control',
    });
    const reader = new FrameReader(limits.MAX_CLIENT_FRAME_BYTES, crc32);
    let welcome: Welcome | undefined;
    let guarded = false;
    const onFrame = (frame: Frame): void => {
      if (frame.type === FRAME.refusal) {
        const { code, message } = decodeRefusal(frame.body);
        // A refusal for the token is the end of what was wanted: then it must say whose.
        const who = code === 'UNAUTHORIZED' ? `${showAddress(address)}: ` : '';
        reject(new Refused(code, who + message));
      } else if (frame.type === FRAME.welcome) {
        welcome = decodeWelcome(frame.body);
        if (request === undefined) resolve({ welcome, reply: undefined, guarded });
        else socket.write(encodeFrame(FRAME.control, Buffer.from(JSON.stringify(request)), crc32));
      } else if (frame.type === FRAME.controlReply && welcome !== undefined) {
        const reply: unknown = JSON.parse(Buffer.from(frame.body).toString());
        resolve({ welcome, reply, guarded });
      } else if (frame.type === FRAME.challenge && !guarded) {
        guarded = true;
        const challenge = decodeChallenge(frame.body);
        if (instance === '' || instance === challenge.instance) {
          prove(socket, token, challenge, hello).catch(reject);
        } else
          reject(new Refused('INSTANCE_MISMATCH', `it belongs to instance ${challenge.instance}`));
      }
    };
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) onFrame(frame);
      } catch (error) {
        fail(`does not speak our protocol: ${(error as Error).message}`);
      }
    });
    socket.write(encodeFrame(FRAME.hello, hello, crc32));
  });
}

async function prove(
  socket: Socket,
  token: Token | undefined,
  challenge: Challenge,
  hello: Uint8Array,
): Promise<void> {
  const proof = await answerChallenge(token, challenge, hello);
  socket.write(encodeFrame(FRAME.proof, proof, crc32));
}
