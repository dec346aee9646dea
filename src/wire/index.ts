export { CALL_VERSION, decodeCommand, decodeResult, encodeCommand, encodeResult } from './call.ts';
export type { CallResult, MethodCall } from './call.ts';
export {
  decodeRequests,
  decodeResponses,
  encodeRequests,
  encodeResponses,
  MAX_FRAME_PARTS,
  packRequests,
  packResponses,
} from './client-codec.ts';
export { requestBytes, responseBytes } from './client-size.ts';
export { errorText, plainError } from './error-value.ts';
export type { ErrorReviver } from './error-value.ts';
export {
  encodeFrame,
  FRAME,
  FRAME_HEADER_BYTES,
  FrameReader,
  FrameWriter,
  sealFrame,
} from './frame.ts';
export type { Checksum, Frame, FrameType } from './frame.ts';
export {
  chooseWireVersion,
  decodeChallenge,
  decodeHello,
  decodeRefusal,
  decodeWelcome,
  encodeChallenge,
  encodeHello,
  encodeRefusal,
  encodeWelcome,
  sharesWireVersion,
  WIRE,
} from './handshake.ts';
export type {
  Challenge,
  ClientHello,
  Hello,
  MethodInfo,
  PeerHello,
  Refusal,
  Welcome,
  WireRange,
} from './handshake.ts';
export {
  decodeMessage,
  encodeMessage,
  encodeMessageFrame,
  MESSAGE_VERSION,
} from './message-codec.ts';
export {
  encodeOutcome as encodeCallOutcome,
  readOutcome as readCallOutcome,
} from '../paxos/index.ts';
export type { CallEvent, CallOutcome, Grant } from '../paxos/index.ts';
export { readRecord, RECORD_VERSION, writeRecord } from './record-codec.ts';
export { readText, writeText } from './text.ts';
export { decodeValue, encodeValue } from './value.ts';
export { ValueReader } from './value-reader.ts';
export { ValueWriter } from './value-writer.ts';
export type { ValueLimits } from './value-writer.ts';
