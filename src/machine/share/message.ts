/** Bytes before a message's own fields: length, type, tag. */
export const HEADER_BYTES = 7;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Reads the little-endian fields of a 9P message in order. @throws RangeError past its end */
export class MessageReader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** As a number: exact up to 2^53, far beyond any size or offset here. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  text(): string {
    const length = this.u16();
    const at = this.#advance(length);
    return decoder.decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length));
  }

  #advance(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    // A view of text would otherwise see what lies behind the message in the same memory.
    if (this.#at > this.#view.byteLength)
      throw new RangeError("the message ends before its fields");
    return at;
  }
}

/** Builds a 9P message field by field. */
export class MessageWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #at = HEADER_BYTES;

  /** Bytes so far, header included. */
  get length(): number {
    return this.#at;
  }

  u8(value: number): this {
    const at = this.#advance(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#advance(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#advance(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  u64(value: number): this {
    const at = this.#advance(8);
    this.#view.setBigUint64(at, BigInt(value), true);
    return this;
  }

  text(value: string): this {
    const bytes = encoder.encode(value);
    return this.u16(bytes.length).bytes(bytes);
  }

  bytes(data: Uint8Array): this {
    const at = this.#advance(data.length);
    this.#bytes.set(data, at);
    return this;
  }

  /** The whole message, its header filled in. */
  finish(type: number, tag: number): Uint8Array {
    this.#view.setUint32(0, this.#at, true);
    this.#view.setUint8(4, type);
    this.#view.setUint16(5, tag, true);
    return this.#bytes.subarray(0, this.#at);
  }

  #advance(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(2 ** Math.ceil(Math.log2(this.#at)));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
