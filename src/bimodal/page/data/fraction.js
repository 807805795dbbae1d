// @ts-check
// Exact numbers: three times 20 minutes is one hour, here as on the desk, where the same arithmetic lays out doses.

/** A quotient of two whole numbers. */
export class Fraction {
  /**
   * @param {bigint} top
   * @param {bigint} [under]
   */
  constructor(top, under = 1n) {
    const shared = divisor(top < 0n ? -top : top, under);
    this.top = top / shared;
    this.under = under / shared;
  }

  /**
   * The decimal that a number is written as: 0.1 is one tenth.
   * @param {number} value finite
   */
  static of(value) {
    const [digits, power] = value.toExponential().split("e"), [whole, rest = ""] = digits.split(".");
    const exponent = Number(power) - rest.length, top = BigInt(whole + rest);
    return exponent < 0 ? new Fraction(top, 10n ** BigInt(-exponent)) : new Fraction(top * 10n ** BigInt(exponent));
  }

  /** @param {Fraction} other */
  plus(other) {
    return new Fraction(this.top * other.under + other.top * this.under, this.under * other.under);
  }

  /** @param {Fraction} other */
  minus(other) {
    return new Fraction(this.top * other.under - other.top * this.under, this.under * other.under);
  }

  /** @param {Fraction} other */
  times(other) {
    return new Fraction(this.top * other.top, this.under * other.under);
  }

  /** @param {Fraction} other above 0 */
  over(other) {
    return new Fraction(this.top * other.under, this.under * other.top);
  }

  /** @param {Fraction} other */
  below(other) {
    return this.top * other.under < other.top * this.under;
  }

  /** Whole part of a number that is not negative. */
  floor() {
    return Number(this.top / this.under);
  }

  /** Least whole number not below one that is not negative. */
  ceil() {
    return Number((this.top + this.under - 1n) / this.under);
  }

  get isWhole() {
    return this.under === 1n;
  }

  /** The nearest double, as Python rounds. */
  toNumber() {
    if (this.top === 0n) return 0;
    const size = this.top < 0n ? -this.top : this.top;
    // 66 bits and one that says whether more follow are enough to round once
    const shift = 66 - (size.toString(2).length - this.under.toString(2).length);
    const [top, under] = shift > 0 ? [size << BigInt(shift), this.under] : [size, this.under << BigInt(-shift)];
    const bits = (top / under) * 2n + (top % under ? 1n : 0n);
    return (this.top < 0n ? -1 : 1) * Number(bits) * 2 ** -(shift + 1);
  }
}

/** The larger of two. @param {Fraction} a @param {Fraction} b */
export function later(a, b) {
  return a.below(b) ? b : a;
}

/** A whole number. @param {number} value */
export function whole(value) {
  return new Fraction(BigInt(value));
}

/**
 * @param {bigint} a
 * @param {bigint} b
 */
function divisor(a, b) {
  while (b) [a, b] = [b, a % b];
  return a || 1n;
}
