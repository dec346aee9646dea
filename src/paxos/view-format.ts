import { limits, MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import { readCounter, readId } from './ballot-format.ts';
import { makeView, readTraits, traitsOf } from './view.ts';
import type { Member, View } from './view.ts';

export function writeView(writer: ByteWriter, view: View): void {
  writer.varint(view.epoch).varint(view.start).varint(view.members.length);
  for (const member of view.members) {
    writer.varint(member.id).text(member.address).u8(traitsOf(member));
  }
}

export function readView(reader: ByteReader): View {
  const epoch = readCounter(reader, 1);
  const start = readCounter(reader, 0);
  const count = reader.count(3);
  if (count < 1 || count > limits.MAX_MEMBERS) throw new MalformedBytes('impossible view');
  const members: Member[] = [];
  for (let left = count; left > 0; left--) {
    const id = readId(reader);
    const address = reader.text();
    if (address === '') throw new MalformedBytes('an empty address');
    if (address.length > limits.MAX_ADDRESS_BYTES) throw new MalformedBytes('address too long');
    const traits = readTraits(reader.u8());
    if (traits === undefined) throw new MalformedBytes('a member of an unknown kind');
    members.push({ id, address, ...traits });
  }
  const distinct =
    new Set(members.map((m) => m.id)).size + new Set(members.map((m) => m.address)).size;
  if (distinct !== 2 * count) throw new MalformedBytes('a view names a member twice');
  return makeView(epoch, start, members);
}
