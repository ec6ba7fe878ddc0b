// Ed25519 (RFC 8032) for browsers whose WebCrypto has none: verification alone, with whole numbers.
"use strict";
const slowEd25519 = (() => {
  const p = 2n ** 255n - 19n, order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const mod = (a) => { const r = a % p; return r < 0n ? r + p : r; };
  const power = (base, exponent) => {
    let result = 1n;
    for (base = mod(base); exponent > 0n; exponent >>= 1n, base = mod(base * base)) if (exponent & 1n) result = mod(result * base);
    return result;
  };
  const invert = (a) => power(a, p - 2n);
  const d = mod(-121665n * invert(121666n)), d2 = mod(2n * d), root = power(2n, (p - 1n) / 4n);
  const number = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const zero = [0n, 1n, 1n, 0n];
  const add = ([x1, y1, z1, t1], [x2, y2, z2, t2]) => {
    const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2)), c = mod(t1 * d2 * t2), e = mod(2n * z1 * z2);
    const f = b - a, g = e - c, h = e + c, i = b + a;
    return [mod(f * g), mod(h * i), mod(g * h), mod(f * i)];
  };
  const multiply = (point, scalar) => {
    let sum = zero;
    for (; scalar > 0n; scalar >>= 1n, point = add(point, point)) if (scalar & 1n) sum = add(sum, point);
    return sum;
  };
  const decode = (bytes) => {
    const sign = bytes[31] >> 7, y = number([...bytes.slice(0, 31), bytes[31] & 127]);
    if (y >= p) return null;
    const u = mod(y * y - 1n), v = mod(d * y * y + 1n);
    let x = mod(u * v ** 3n * power(u * v ** 7n, (p - 5n) / 8n));
    if (mod(v * x * x) !== u) x = mod(x * root);
    if (mod(v * x * x) !== u || (x === 0n && sign)) return null;
    if (Number(x & 1n) !== sign) x = mod(-x);
    return [x, y, 1n, mod(x * y)];
  };
  const same = ([x1, y1, z1], [x2, y2, z2]) => mod(x1 * z2 - x2 * z1) === 0n && mod(y1 * z2 - y2 * z1) === 0n;
  const base = decode([0x58, ...new Array(31).fill(0x66)]);
  return async (key, signature, message) => {
    const a = decode(key), r = decode(signature.slice(0, 32)), s = number(signature.slice(32));
    if (!a || !r || s >= order) return false;
    const hash = await crypto.subtle.digest("SHA-512", new Uint8Array([...signature.slice(0, 32), ...key, ...message]));
    return same(multiply(base, s), add(r, multiply(a, number([...new Uint8Array(hash)]) % order)));
  };
})();
