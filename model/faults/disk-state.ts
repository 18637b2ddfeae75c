import { contentOf, FileState } from './file-state.ts';
import { directoryOf, NamesState } from './names-state.ts';

/** Answers with a number below `ways`: which of the outcomes it is. What the question is about, is for people. */
export type Ask = (ways: number, about: (answer: number) => string) => number;

/** The whole disk as a value that is never changed. */
export class DiskState {
  readonly names: NamesState;
  readonly files: ReadonlyMap<number, FileState>;
  /** The number of the next file. */
  readonly next: number;

  constructor(names: NamesState, files: ReadonlyMap<number, FileState>, next: number) {
    this.names = names;
    this.files = files;
    this.next = next;
  }

  static readonly empty = new DiskState(NamesState.none, new Map(), 1);

  /** Equal for equal disks only. */
  get text(): string {
    const files = [...this.files].map(([number, file]) => `${number} ${file.text}`);
    return `${this.next}\n${this.names.text}\n${files.join('\n')}`;
  }

  /** Everything is on the disk, and no power loss takes it away. */
  settled(): DiskState {
    let { names } = this;
    for (const name of names.candidates()) names = names.synced(directoryOf(name));
    const files = [...this.files].map(([number, file]) => [number, file.synced()] as const);
    return new DiskState(names, new Map(files), this.next);
  }

  /** The process died and the system did not: nothing is lost but files without a name. */
  afterKill(): DiskState {
    return new DiskState(this.names, this.namedFiles(), this.next);
  }

  /** Power was lost: what is on the disk shows when somebody looks. */
  afterPowerLoss(): DiskState {
    const files = [...this.namedFiles()].map(([number, file]) => [number, file.lost()] as const);
    return new DiskState(this.names.lost(), new Map(files), this.next);
  }

  /** For people. */
  describe(): string {
    const parts: string[] = [];
    for (const name of this.names.candidates()) {
      const found = this.names.find(name);
      if ('undecided' in found) parts.push(`${name}?`);
      else if (found.file !== 0) parts.push(`${name} ${describeFile(this.files.get(found.file))}`);
    }
    const changes = this.names.changes.length;
    return `disk: ${parts.join(', ') || 'empty'}${changes === 0 ? '' : `; names unsynced: ${changes}`}`;
  }

  private namedFiles(): ReadonlyMap<number, FileState> {
    const named = this.names.files();
    return new Map([...this.files].filter(([number]) => named.has(number)));
  }
}

function describeFile(file: FileState | undefined): string {
  if (file === undefined) return '';
  const { live } = file.size;
  return `(${live ?? '?'} bytes${file.unsynced === 0 ? '' : `, ${file.unsynced} unsynced`})`;
}

/** The shape of the disk. */
export interface DiskShape {
  unitBytes: number;
  inOrder: boolean;
}

/**
 * Calls on a disk, one after another. What a power loss left open is decided when a call depends on it, by asking; the
 * answer becomes part of the state at once, so that a call that is asked for again goes on from there.
 */
export class DiskCalls {
  state: DiskState = DiskState.empty;
  private readonly shape: DiskShape;
  private readonly ask: Ask;

  constructor(shape: DiskShape, ask: Ask) {
    this.shape = shape;
    this.ask = ask;
  }

  find(path: string): number {
    for (;;) {
      const { names } = this.state;
      const found = names.find(path);
      if ('file' in found) return found.file;
      const answer = this.ask(2, (way) => `${names.describe(found.undecided)} ${way === 0 ? 'is lost' : 'survived'}`);
      this.names = names.decided(found.undecided, answer === 1, this.shape.inOrder);
    }
  }

  list(directory: string): string[] {
    const paths = this.state.names.candidates().filter((path) => directoryOf(path) === directory);
    const found = paths.filter((path) => this.find(path) !== 0);
    return found.map((path) => path.slice(path.lastIndexOf('/') + 1));
  }

  create(path: string): number {
    const number = this.state.next;
    const files = new Map(this.state.files).set(number, FileState.empty(this.shape.unitBytes));
    this.state = new DiskState(this.state.names.changed([path, number]), files, number + 1);
    return number;
  }

  rename(from: string, to: string, file: number): void {
    if (from !== to) this.names = this.state.names.changed([from, 0], [to, file]);
  }

  link(path: string, file: number): void {
    this.names = this.state.names.changed([path, file]);
  }

  remove(path: string): void {
    this.names = this.state.names.changed([path, 0]);
  }

  syncDirectory(directory: string): void {
    this.names = this.state.names.synced(directory);
  }

  size(number: number): number {
    const { size } = this.file(number);
    if (size.live !== null) return size.live;
    const answer = this.ask(size.possible.length, (way) => `${this.nameOf(number)} has ${size.possible[way]} bytes`);
    this.set(number, this.file(number).withSize(size.possible[answer]));
    return size.possible[answer];
  }

  read(number: number, position: number, target: Uint8Array): number {
    const end = Math.min(this.size(number), position + target.length);
    if (end <= position) return 0;
    const { unitBytes } = this.shape;
    for (let index = Math.floor(position / unitBytes); index * unitBytes < end; index++) {
      const content = this.unit(number, index);
      const from = Math.max(position, index * unitBytes);
      const to = Math.min(end, (index + 1) * unitBytes);
      const part = target.subarray(from - position, to - position);
      if (content === '') part.fill(0);
      else part.set(Buffer.from(content.slice(from - index * unitBytes, to - index * unitBytes), 'latin1'));
    }
    return end - position;
  }

  /** Decides what a write to these bytes depends on: whether the file grows, and what is around them in their units. */
  decideForWrite(number: number, position: number, length: number): void {
    this.size(number);
    const { unitBytes } = this.shape;
    if (position % unitBytes !== 0) this.unit(number, Math.floor(position / unitBytes));
    if ((position + length) % unitBytes !== 0) this.unit(number, Math.floor((position + length) / unitBytes));
  }

  /** Writes, where `decideForWrite` has nothing left to decide. */
  write(number: number, position: number, bytes: Uint8Array): void {
    const end = position + bytes.length;
    const { unitBytes } = this.shape;
    const contents = new Map<number, string>();
    for (let index = Math.floor(position / unitBytes); index * unitBytes < end; index++) {
      const start = index * unitBytes;
      const from = Math.max(position, start);
      const to = Math.min(end, start + unitBytes);
      const unit = new Uint8Array(unitBytes);
      // A unit that is written in part is read first.
      if (to - from < unitBytes) unit.set(Buffer.from(this.unit(number, index), 'latin1'));
      unit.set(bytes.subarray(from - position, to - position), from - start);
      contents.set(index, contentOf(unit));
    }
    this.set(number, this.file(number).written(contents, end));
  }

  truncate(number: number, size: number): void {
    this.size(number);
    this.set(number, this.file(number).truncated(size));
  }

  sync(number: number): void {
    this.set(number, this.file(number).synced());
  }

  failSync(number: number): void {
    this.set(number, this.file(number).failed());
  }

  /** A file's name, for people. */
  nameOf(number: number): string {
    for (const name of this.state.names.candidates()) {
      const found = this.state.names.find(name);
      if ('file' in found && found.file === number) return name;
    }
    return `file ${number}`;
  }

  private unit(number: number, index: number): string {
    const { live, possible } = this.file(number).unit(index);
    if (live !== null) return live;
    const from = index * this.shape.unitBytes;
    const about = (way: number): string =>
      `${this.nameOf(number)} from ${from} to ${from + this.shape.unitBytes} is as ${AGES[way] ?? 'later'} written (${way + 1} of ${possible.length})`;
    const answer = this.ask(possible.length, about);
    this.set(number, this.file(number).withUnit(index, possible[answer]));
    return possible[answer];
  }

  private file(number: number): FileState {
    const file = this.state.files.get(number);
    if (file === undefined) throw new RangeError(`there is no file ${number}: it was opened before a crash, or never`);
    return file;
  }

  private set(number: number, file: FileState): void {
    this.state = new DiskState(this.state.names, new Map(this.state.files).set(number, file), this.state.next);
  }

  private set names(names: NamesState) {
    this.state = new DiskState(names, this.state.files, this.state.next);
  }
}

/** Content number 0 is what was durable before. */
const AGES = ['before it was', 'first', 'second', 'third'];
