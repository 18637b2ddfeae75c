/** Reading a file forward through one buffer, which grows only to the longest piece asked for. */
import { type DiskFile, readFully } from './disk.ts';

const WINDOW_BYTES = 2 ** 18;

/** A sliding view of a file. */
export class FileWindow {
  readonly #file: DiskFile;
  #buffer = new Uint8Array(WINDOW_BYTES);
  #start = 0;
  #length = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  /**
   * The bytes [position, position + bytes), fewer where the file ends. Valid until the next call.
   * @throws DiskError
   */
  at(position: number, bytes: number): Uint8Array {
    if (position < this.#start || position + bytes > this.#start + this.#length) {
      this.#fill(position, bytes);
    }
    const offset = position - this.#start;
    return this.#buffer.subarray(offset, Math.min(offset + bytes, this.#length));
  }

  #fill(position: number, bytes: number): void {
    if (bytes > this.#buffer.length) {
      this.#buffer = new Uint8Array(bytes);
    }
    this.#start = position;
    this.#length = readFully(this.#file, this.#buffer, position);
  }
}
