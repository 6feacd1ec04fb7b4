// Random numbers that depend on a seed, a purpose and an index alone, as those of RandomStream in
// Sources/Tensor/Random: Philox 4×32-10 (Salmon et al., SC 2011).

class RandomStream {
  /** @param {bigint} seed 64 bits. */
  constructor(seed, purpose, index) {
    this.key = [Number(seed & 0xffffffffn), Number(seed >> 32n)];
    this.purpose = hashed(purpose);
    this.index = index;
    this.block = 0;
    this.words = [];
  }

  /** The next 32 random bits. */
  nextWord() {
    if (this.words.length === 0) {
      this.words = philox([this.block, this.purpose, this.index, 0], this.key);
      this.block += 1;
    }
    return this.words.shift();
  }

  /** A whole number from 0 up to, not including, `count`. */
  below(count) {
    return Number((BigInt(this.nextWord()) * BigInt(count)) >> 32n);
  }

  /** A copy in an order in which all are equally likely. */
  shuffled(list) {
    const result = [...list];
    for (let last = result.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      [result[last], result[other]] = [result[other], result[last]];
    }
    return result;
  }
}

/** FNV-1a of the text's UTF-8. */
function hashed(text) {
  let hash = 2166136261;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  }
  return hash;
}

function philox(counter, key) {
  let [x0, x1, x2, x3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round += 1) {
    const a = BigInt(x0) * 0xd2511f53n;
    const b = BigInt(x2) * 0xcd9e8d57n;
    [x0, x1, x2, x3] = [
      (high(b) ^ x1 ^ k0) >>> 0, low(b), (high(a) ^ x3 ^ k1) >>> 0, low(a),
    ];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [x0, x1, x2, x3];
}

function high(product) { return Number(product >> 32n); }
function low(product) { return Number(product & 0xffffffffn); }
