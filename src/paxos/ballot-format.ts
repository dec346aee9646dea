import { MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import type { Ballot } from './ballot.ts';

export function writeBallot(writer: ByteWriter, ballot: Ballot): ByteWriter {
  return writer.varint(ballot.round).varint(ballot.leader);
}

/** A ballot that a leader uses: never the zero ballot. */
export function readBallot(reader: ByteReader): Ballot {
  const ballot = { round: reader.varint(), leader: reader.varint() };
  if (ballot.round < 1 || ballot.leader < 1) throw new MalformedBytes('a ballot of nobody');
  return ballot;
}
