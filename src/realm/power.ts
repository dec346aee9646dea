/**
 * Powers, the same on every engine: a port of `__ieee754_pow` of FreeBSD's msun (fdlibm).
 *
 * Copyright (C) 2004 by Sun Microsystems, Inc. All rights reserved.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice
 * is preserved.
 */

const cell = new DataView(new ArrayBuffer(8));

function high(x: number): number {
  cell.setFloat64(0, x);
  return cell.getInt32(0);
}

function low(x: number): number {
  cell.setFloat64(0, x);
  return cell.getUint32(4);
}

function withHigh(x: number, word: number): number {
  cell.setFloat64(0, x);
  cell.setInt32(0, word);
  return cell.getFloat64(0);
}

function withoutLow(x: number): number {
  cell.setFloat64(0, x);
  cell.setUint32(4, 0);
  return cell.getFloat64(0);
}

const BP = [1, 1.5] as const;
const DP_H = [0, 5.849_624_872_207_641_601_56e-1] as const;
const DP_L = [0, 1.350_039_202_129_748_971_28e-8] as const;
const TWO53 = 9_007_199_254_740_992;
const HUGE = 1e300;
const TINY = 1e-300;
const L1 = 5.999_999_999_999_946_487_25e-1;
const L2 = 4.285_714_285_785_501_842_52e-1;
const L3 = 3.333_333_298_183_774_329_18e-1;
const L4 = 2.727_281_238_085_340_064_89e-1;
const L5 = 2.306_607_457_755_617_540_67e-1;
const L6 = 2.069_750_178_003_384_177_84e-1;
const P1 = 1.666_666_666_666_660_190_37e-1;
const P2 = -2.777_777_777_701_559_338_42e-3;
const P3 = 6.613_756_321_437_934_361_17e-5;
const P4 = -1.653_390_220_546_525_153_9e-6;
const P5 = 4.138_136_797_057_238_460_39e-8;
const LG2 = 6.931_471_805_599_452_862_27e-1;
const LG2_H = 6.931_471_824_645_996_093_75e-1;
const LG2_L = -1.904_654_299_957_768_045_25e-9;
/** -(1024 - log2(overflow + .5 ulp)) */
const OVT = 8.008_566_259_537_294e-17;
/** 2/(3 ln2) */
const CP = 9.617_966_939_259_755_543_29e-1;
const CP_H = 9.617_967_009_544_372_558_59e-1;
const CP_L = -7.028_461_650_952_758_265_16e-9;
/** 1/ln2 */
const IVLN2 = 1.442_695_040_888_963_387;
const IVLN2_H = 1.442_695_021_629_333_496_09;
const IVLN2_L = 1.925_962_991_126_617_468_87e-8;

/** x to the power of y, as ECMAScript defines the special cases. */
export function power(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const ax = Math.abs(x);
  if (y === Number.POSITIVE_INFINITY || y === Number.NEGATIVE_INFINITY) {
    if (ax === 1) return Number.NaN;
    return ax > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  }
  if (y === 1) return x;
  if (y === 2) return x * x;
  if (y === -1) return 1 / x;
  if (y === 0.5 && x >= 0) return Math.sqrt(x + 0);
  const odd = x < 0 || Object.is(x, -0) ? kindOf(y) : 'fraction';
  if (ax === 0 || ax === 1 || ax === Number.POSITIVE_INFINITY) {
    const z = y < 0 ? 1 / ax : ax;
    if (ax === 1 && x < 0 && odd === 'fraction') return Number.NaN;
    return (x < 0 || Object.is(x, -0)) && odd === 'odd' ? -z : z;
  }
  if (x < 0 && odd === 'fraction') return Number.NaN;
  const sign = x < 0 && odd === 'odd' ? -1 : 1;
  return finite(x, ax, y, sign);
}

function kindOf(y: number): 'odd' | 'even' | 'fraction' {
  if (!Number.isInteger(y)) return 'fraction';
  return Math.abs(y) < TWO53 && Math.abs(y % 2) === 1 ? 'odd' : 'even';
}

/** x and y finite, x neither 0 nor ±1. */
function finite(x: number, ax: number, y: number, sign: number): number {
  const ix = high(x) & 0x7fff_ffff;
  const iy = high(y) & 0x7fff_ffff;
  let t1: number;
  let t2: number;
  if (iy > 0x41e0_0000) {
    // |y| > 2^31
    if (iy > 0x43f0_0000) {
      if (ix <= 0x3fef_ffff) return y < 0 ? Number.POSITIVE_INFINITY : 0;
      if (ix >= 0x3ff0_0000) return y > 0 ? Number.POSITIVE_INFINITY : 0;
    }
    if (ix < 0x3fef_ffff) return y < 0 ? sign * HUGE * HUGE : sign * TINY * TINY;
    if (ix > 0x3ff0_0000) return y > 0 ? sign * HUGE * HUGE : sign * TINY * TINY;
    // |1 - x| is tiny: log(x) by x - x^2/2 + x^3/3 - x^4/4.
    const t = ax - 1;
    const w = t * t * (0.5 - t * (0.333_333_333_333_333_3 - t * 0.25));
    const u = IVLN2_H * t;
    const v = t * IVLN2_L - w * IVLN2;
    t1 = withoutLow(u + v);
    t2 = v - (t1 - u);
  } else {
    [t1, t2] = log2Of(ax, ix);
  }
  // (y1 + y2) * (t1 + t2)
  const y1 = withoutLow(y);
  return exponential((y - y1) * t1 + y * t2, y1 * t1, sign);
}

/** log2(ax) in two parts. */
function log2Of(ax: number, ix: number): readonly [number, number] {
  let word = ix;
  let n = 0;
  let a = ax;
  if (word < 0x0010_0000) {
    a *= TWO53;
    n -= 53;
    word = high(a);
  }
  n += (word >> 20) - 0x3ff;
  const j = word & 0x000f_ffff;
  word = j | 0x3ff0_0000;
  let k: 0 | 1;
  if (j <= 0x3988e) k = 0;
  else if (j < 0xbb67a) k = 1;
  else {
    k = 0;
    n += 1;
    word -= 0x0010_0000;
  }
  a = withHigh(a, word);
  const u = a - BP[k];
  const v = 1 / (a + BP[k]);
  const ss = u * v;
  const sh = withoutLow(ss);
  const th = withHigh(0, ((word >> 1) | 0x2000_0000) + 0x0008_0000 + (k << 18));
  const tl = a - (th - BP[k]);
  const sl = v * (u - sh * th - sh * tl);
  let s2 = ss * ss;
  let r = s2 * s2 * (L1 + s2 * (L2 + s2 * (L3 + s2 * (L4 + s2 * (L5 + s2 * L6)))));
  r += sl * (sh + ss);
  s2 = sh * sh;
  const rh = withoutLow(3 + s2 + r);
  const rl = r - (rh - 3 - s2);
  const p = sh * rh;
  const q = sl * rh + rl * ss;
  const ph = withoutLow(p + q);
  const pl = q - (ph - p);
  const zh = CP_H * ph;
  const zl = CP_L * ph + pl * CP + DP_L[k];
  const t1 = withoutLow(zh + zl + DP_H[k] + n);
  return [t1, zl - (t1 - n - DP_H[k] - zh)];
}

/** sign * 2^(lo + hi) */
function exponential(lo: number, hi: number, sign: number): number {
  const z = lo + hi;
  const j = high(z);
  const i = low(z);
  if (j >= 0x4090_0000) {
    if (j - 0x4090_0000 !== 0 || i !== 0 || lo + OVT > z - hi) return sign * HUGE * HUGE;
  } else if ((j & 0x7fff_ffff) >= 0x4090_cc00) {
    const below = ((j - (0xc090_cc00 | 0)) | 0) !== 0 || i !== 0;
    if (below || lo <= z - hi) return sign * TINY * TINY;
  }
  let size = j & 0x7fff_ffff;
  let k = (size >> 20) - 0x3ff;
  let n = 0;
  let p = hi;
  if (size > 0x3fe0_0000) {
    n = j + (0x0010_0000 >> (k + 1));
    k = ((n & 0x7fff_ffff) >> 20) - 0x3ff;
    const t = withHigh(0, n & ~(0x000f_ffff >> k));
    n = ((n & 0x000f_ffff) | 0x0010_0000) >> (20 - k);
    if (j < 0) n = -n;
    p -= t;
  }
  let t = withoutLow(lo + p);
  const u = t * LG2_H;
  const v = (lo - (t - p)) * LG2 + t * LG2_L;
  const y = u + v;
  const w = v - (y - u);
  t = y * y;
  const t1 = y - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))));
  const r = (y * t1) / (t1 - 2) - (w + y * w);
  const result = 1 - (r - y);
  size = high(result) + (n << 20);
  return sign * (size >> 20 <= 0 ? scale(result, n) : withHigh(result, size));
}

/** x * 2^n, where the result is subnormal. */
function scale(x: number, n: number): number {
  // In two steps, of which only the last rounds: 2^n itself may be too small for a number.
  const half = withHigh(0, (0x3ff + n + 54) << 20);
  return x * half * 5.551_115_123_125_782_702_12e-17;
}
