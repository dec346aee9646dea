import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { ConCoordError, limits } from '../base/index.ts';
import {
  decodeRefusal,
  decodeWelcome,
  encodeFrame,
  encodeHello,
  FRAME,
  FrameReader,
  WIRE,
} from '../wire/index.ts';
import type { Frame, Welcome } from '../wire/index.ts';
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
}

/** How a question is put. */
export interface Manner {
  readonly patienceMs?: number;
  /** Only members of this instance are meant; others refuse with `INSTANCE_MISMATCH`. */
  readonly instance?: string;
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
  { patienceMs = PATIENCE_MS, instance = '' }: Manner = {},
): Promise<Answer> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  try {
    return await converse(socket, address, request, { patienceMs, instance });
  } finally {
    socket.destroy();
  }
}

function converse(
  socket: Socket,
  address: HostPort,
  request: unknown,
  { patienceMs, instance }: Required<Manner>,
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
    const reader = new FrameReader(limits.MAX_CLIENT_FRAME_BYTES, crc32);
    let welcome: Welcome | undefined;
    const onFrame = (frame: Frame): void => {
      if (frame.type === FRAME.refusal) {
        const { code, message } = decodeRefusal(frame.body);
        reject(new Refused(code, message));
      } else if (frame.type === FRAME.welcome) {
        welcome = decodeWelcome(frame.body);
        if (request === undefined) resolve({ welcome, reply: undefined });
        else socket.write(encodeFrame(FRAME.control, Buffer.from(JSON.stringify(request)), crc32));
      } else if (frame.type === FRAME.controlReply && welcome !== undefined) {
        resolve({ welcome, reply: JSON.parse(Buffer.from(frame.body).toString()) });
      }
    };
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) onFrame(frame);
      } catch (error) {
        fail(`does not speak our protocol: ${(error as Error).message}`);
      }
    });
    const hello = encodeHello({
      role: 'client',
      wire: WIRE,
      instance,
      library: 'concoord',
      purpose: 'control',
    });
    socket.write(encodeFrame(FRAME.hello, hello, crc32));
  });
}
