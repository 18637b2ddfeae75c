/** Bytes as files hold them: little-endian, u64 for whole numbers up to 2^53 − 1. */

/** Where bytes are copied from: {@link Memory} is one (byte addresses), {@link ArrayBytes} makes one of an array. */
export interface ByteSource {
  /** Copies `length` bytes from `at` on to `target`. */
  readBytes(at: number, target: Uint8Array, targetOffset: number, length: number): void;
}

/** An array as a source. */
export class ArrayBytes implements ByteSource {
  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  readBytes(at: number, target: Uint8Array, targetOffset: number, length: number): void {
    const { bytes } = this;
    if (length > COPY_BYTES) target.set(bytes.subarray(at, at + length), targetOffset);
    else for (let i = 0; i < length; i++) target[targetOffset + i] = bytes[at + i];
  }
}

/** Above this length a call into the runtime beats a loop. */
const COPY_BYTES = 24;

/** Compares two runs of bytes as unsigned numbers, the shorter one first: negative, 0 or positive. */
export function compareBytes(
  left: Uint8Array,
  leftAt: number,
  leftBytes: number,
  right: Uint8Array,
  rightAt: number,
  rightBytes: number,
): number {
  const common = Math.min(leftBytes, rightBytes);
  for (let i = 0; i < common; i++) {
    const difference = left[leftAt + i] - right[rightAt + i];
    if (difference !== 0) return difference;
  }
  return leftBytes - rightBytes;
}

/** A DataView of the same bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Writes a whole number below 2^53 as 8 bytes. */
export function setUint53(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % 2 ** 32, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
}

/** Reads 8 bytes as a whole number; one above 2^53 − 1 (only damage has those) comes out inexact, never as an exception. */
export function getUint53(view: DataView, offset: number): number {
  return view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32;
}
