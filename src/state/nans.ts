/**
 * A NaN in an array of floats has bits that the engine chooses, by what it has compiled so far: `0 / 0` has a
 * sign or not. In a captured state all of them have the same, or equal states would have other bytes.
 */

/** Of each kind: bytes of an element, the bits of infinity in its upper half or all of it, and of a NaN. */
const FLOATS: Readonly<Record<string, readonly [width: 2 | 4 | 8, infinity: number, nan: number]>> =
  {
    Float16Array: [2, 0x7c00, 0x7e00],
    Float32Array: [4, 0x7f800000, 0x7fc00000],
    Float64Array: [8, 0x7ff00000, 0x7ff80000],
  };

export function holdsFloats(name: string): boolean {
  return Object.hasOwn(FLOATS, name);
}

/** @param name Of the class whose elements, so many of them, lie in `bytes` from `start` on. */
export function unifyNaNs(name: string, bytes: Uint8Array, start: number, count: number): void {
  const kind = FLOATS[name];
  if (kind === undefined) return;
  const [width, infinity, nan] = kind;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, count * width);
  for (let at = 0; at < view.byteLength; at += width) {
    if (width === 2) {
      if ((view.getUint16(at, true) & 0x7fff) > infinity) view.setUint16(at, nan, true);
      continue;
    }
    const upper = view.getUint32(at + width - 4, true) & 0x7fffffff;
    const lower = width === 8 ? view.getUint32(at, true) : 0;
    if (upper < infinity || (upper === infinity && lower === 0)) continue;
    if (width === 8) view.setUint32(at, 0, true);
    view.setUint32(at + width - 4, nan, true);
  }
}
