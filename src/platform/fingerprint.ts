import { Digest } from '../base/index.ts';

const PROBES = 400;

/**
 * What this JavaScript engine computes where the language leaves room: last bits of transcendental
 * functions, number formatting, sort order. Replicas whose engines differ would diverge on ordinary code,
 * so the handshake compares this. Engines of different versions that agree may mix.
 */
export function engineFingerprint(): string {
  const digest = new Digest();
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const add = (value: number): void => {
    view.setFloat64(0, value);
    digest.bytes(bytes);
  };
  const functions = [
    Math.sin,
    Math.cos,
    Math.tan,
    Math.asin,
    Math.atan,
    Math.exp,
    Math.expm1,
    Math.log,
    Math.log1p,
    Math.log2,
    Math.log10,
    Math.sinh,
    Math.tanh,
    Math.cbrt,
    Math.sqrt,
  ];
  for (let i = 1; i <= PROBES; i++) {
    const x = (i * 0.618_033_988_749_894_9) % 1;
    for (const f of functions) add(f(x));
    add(Math.atan2(x, i));
    add(Math.hypot(x, i));
    digest.bytes(
      Buffer.from(`${x} ${(x * 1e21).toFixed(3)} ${x.toPrecision(9)} ${(x * i).toString(36)}`),
    );
  }
  const sorted = Array.from({ length: 64 }, (_, i) => ({ key: (i * 7) % 5, i }));
  digest.bytes(Buffer.from(JSON.stringify(sorted.sort((a, b) => a.key - b.key))));
  return digest.hex();
}
