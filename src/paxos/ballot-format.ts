import { MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import type { Ballot, ReplicaId } from './ballot.ts';

/** Counters of peers stay below, so that adding to them stays exact. */
const MAX_COUNTER = 2 ** 52;
/** Ids are 48 bits and not 0. */
const MAX_ID = 2 ** 48 - 1;

/** A slot, round, position or epoch: `least` is 0 where "none yet" is possible, else 1. */
export function readCounter(reader: ByteReader, least: 0 | 1): number {
  const value = reader.varint();
  if (value < least || value > MAX_COUNTER) throw new MalformedBytes(`impossible counter ${value}`);
  return value;
}

export function readId(reader: ByteReader): ReplicaId {
  const id = reader.varint();
  if (id < 1 || id > MAX_ID) throw new MalformedBytes(`impossible id ${id}`);
  return id;
}

export function writeBallot(writer: ByteWriter, ballot: Ballot): ByteWriter {
  return writer.varint(ballot.round).varint(ballot.leader);
}

/** A ballot that a leader uses: never the zero ballot. */
export function readBallot(reader: ByteReader): Ballot {
  return { round: readCounter(reader, 1), leader: readId(reader) };
}
