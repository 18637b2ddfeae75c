import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ModelError } from '../errors.ts';

/*
 * The file of a checkpoint: eight letters, the header's length and checksum, the header (JSON), lists of 32-bit words one
 * after another, and a checksum of all lists. The header says how many words each list has, so the file's length is
 * known, and a file cut short is found before anything is read from it.
 */

const MAGIC = Buffer.from('RLCHECK\n');
const PREFIX_BYTES = MAGIC.length + 8;
/** Changes when files written before can no longer be understood. */
const VERSION = 1;
/** Lists are in the byte order of the machine, which the header's first number tells. */
const BYTE_ORDER = new Uint8Array(Int32Array.of(1).buffer)[0] === 1 ? 'little endian' : 'big endian';
const CHUNK_BYTES = 1 << 24;
const MAX_HEADER_BYTES = 1 << 30;

/** A list of words in a checkpoint. */
export interface Section {
  name: string;
  words: Int32Array;
}

interface Wrapped<H> {
  version: number;
  byteOrder: string;
  sections: { name: string; words: number }[];
  content: H;
}

/**
 * Writes a checkpoint beside the file of that name, and then puts it in its place: whatever happens, there is a whole
 * one, the old or the new.
 *
 * @throws ModelError RIGHTLINK_MODEL_CHECKPOINT when it cannot be written
 */
export function writeCheckpointFile(path: string, content: object, sections: readonly Section[]): void {
  const header: Wrapped<object> = {
    version: VERSION,
    byteOrder: BYTE_ORDER,
    sections: sections.map(({ name, words }) => ({ name, words: words.length })),
    content,
  };
  const text = Buffer.from(JSON.stringify(header));
  const aside = `${path}.new`;
  try {
    const file = openSync(aside, 'w');
    try {
      const numbers = Buffer.alloc(8);
      numbers.writeUInt32LE(text.length, 0);
      numbers.writeUInt32LE(crc32(text), 4);
      for (const part of [MAGIC, numbers, text]) writeAll(file, part);
      let checksum = 0;
      for (const { words } of sections) checksum = writeWords(file, words, checksum);
      const end = Buffer.alloc(4);
      end.writeUInt32LE(checksum, 0);
      writeAll(file, end);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw reject(path, `cannot be written: ${why}; an earlier checkpoint of that name is as it was`);
  }
}

/**
 * Finds out at once what would otherwise only show when the first checkpoint is due.
 *
 * @throws ModelError RIGHTLINK_MODEL_CHECKPOINT when there can be no such file
 */
export function insistOnPlace(path: string): void {
  const aside = `${path}.new`;
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('it is a directory');
    closeSync(openSync(aside, 'w'));
    rmSync(aside);
  } catch (cause) {
    throw reject(path, `cannot be written: ${cause instanceof Error ? cause.message : cause}`);
  }
}

/** Says where the words of a list are to be put. */
export type Allocate = (name: string, words: number) => Int32Array;

/**
 * Reads a checkpoint.
 *
 * @param accept looks at the header, before any list is read
 * @throws ModelError RIGHTLINK_MODEL_CHECKPOINT when there is none, or it is damaged
 */
export function readCheckpointFile<H>(path: string, accept: (content: H) => Allocate): void {
  const file = open(path);
  try {
    const bytes = fstatSync(file).size;
    const prefix = Buffer.alloc(PREFIX_BYTES);
    if (bytes < PREFIX_BYTES || !fill(file, prefix) || !prefix.subarray(0, MAGIC.length).equals(MAGIC))
      throw reject(path, 'is no checkpoint');
    const header = readHeader<H>(file, path, prefix, bytes);
    const words = header.sections.reduce((sum, section) => sum + section.words, 0);
    const expected = PREFIX_BYTES + prefix.readUInt32LE(MAGIC.length) + 4 * words + 4;
    if (bytes !== expected) throw reject(path, `is damaged: it has ${bytes} bytes and should have ${expected}`);
    const allocate = accept(header.content);
    let checksum = 0;
    for (const section of header.sections) checksum = readWords(file, allocate(section.name, section.words), checksum);
    const end = Buffer.alloc(4);
    if (!fill(file, end) || end.readUInt32LE(0) !== checksum) throw reject(path, 'is damaged: its checksum is wrong');
  } finally {
    closeSync(file);
  }
}

function readHeader<H>(file: number, path: string, prefix: Buffer, fileBytes: number): Wrapped<H> {
  const length = prefix.readUInt32LE(MAGIC.length);
  if (length > MAX_HEADER_BYTES || PREFIX_BYTES + length > fileBytes) throw reject(path, 'is damaged: it is cut short');
  const text = Buffer.alloc(length);
  if (!fill(file, text) || crc32(text) !== prefix.readUInt32LE(MAGIC.length + 4)) {
    throw reject(path, "is damaged: its header's checksum is wrong");
  }
  const header = JSON.parse(text.toString()) as Wrapped<H>;
  if (header.version !== VERSION) throw reject(path, `has format ${header.version}; this version reads ${VERSION}`);
  if (header.byteOrder !== BYTE_ORDER) throw reject(path, `was written on a ${header.byteOrder} machine`);
  return header;
}

function open(path: string): number {
  try {
    if (statSync(path).isDirectory()) throw new Error('it is a directory');
    return openSync(path, 'r');
  } catch (cause) {
    throw reject(path, `cannot be read: ${cause instanceof Error ? cause.message : cause}`);
  }
}

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function writeWords(file: number, words: Int32Array, checksum: number): number {
  const bytes = bytesOf(words);
  let sum = checksum;
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    sum = crc32(chunk, sum);
    writeAll(file, chunk);
  }
  return sum;
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function readWords(file: number, words: Int32Array, checksum: number): number {
  const bytes = bytesOf(words);
  let sum = checksum;
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    fill(file, chunk);
    sum = crc32(chunk, sum);
  }
  return sum;
}

/** False when the file ends before. */
function fill(file: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    const read = readSync(file, bytes, at, bytes.length - at, null);
    if (read === 0) return false;
    at += read;
  }
  return true;
}

function reject(path: string, what: string): ModelError {
  return new ModelError('RIGHTLINK_MODEL_CHECKPOINT', `checkpoint '${path}' ${what}`);
}
