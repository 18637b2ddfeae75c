import { describe, expect, it } from 'vitest';
import { explore } from '../explore.ts';
import { type CrashProgramDefinition, crashProgram } from './crash-program.ts';
import type { Disk, DiskOptions } from './disk.ts';

const UNIT_BYTES = 4;

/** Everything that `look` sees after a power loss somewhere in `work`, each once. */
async function outcomes(
  work: (disk: Disk) => void,
  look: (disk: Disk) => string,
  more: Partial<CrashProgramDefinition<unknown>> = {},
): Promise<string[]> {
  const seen = new Set<string>();
  const result = await explore(
    crashProgram({
      name: 'outcomes',
      disk: { unitBytes: UNIT_BYTES },
      threads: [
        { name: 'worker', operations: [{ name: 'work', run: ({ disk }) => work(disk) }] },
        {
          name: 'observer',
          lives: 'later',
          operations: [{ name: 'look', run: ({ disk }) => void seen.add(look(disk)) }],
        },
      ],
      ...more,
    }),
  );
  expect(result.violation?.message).toBeUndefined();
  expect(result.exhaustive).toBe(true);
  return [...seen].sort();
}

const text = (bytes: string): Uint8Array => Buffer.from(bytes, 'latin1');

function content(disk: Disk, path: string): string {
  const file = disk.find(path);
  if (file === 0) return 'none';
  const bytes = new Uint8Array(disk.size(file));
  disk.read(file, 0, bytes);
  return Buffer.from(bytes).toString('latin1').replaceAll('\0', '.');
}

describe('what a power loss leaves of a file', () => {
  const withFile = { format: (disk: Disk) => void disk.write(disk.create('/f'), 0, text('aaaabbbb')) };

  it('is of each unit what was synced, or any later content, independently', async () => {
    const work = (disk: Disk): void => {
      disk.write(disk.find('/f'), 0, text('ccccdddd'));
      disk.write(disk.find('/f'), 0, text('eeee'));
    };
    const expected = ['aaaa', 'cccc', 'eeee'].flatMap((first) => ['bbbb', 'dddd'].map((second) => first + second));
    expect(await outcomes(work, (disk) => content(disk, '/f'), withFile)).toEqual(expected.sort());
  });

  it('is within a unit all or nothing', async () => {
    const work = (disk: Disk): void => void disk.write(disk.find('/f'), 1, text('xx'));
    expect(await outcomes(work, (disk) => content(disk, '/f'), withFile)).toEqual(['aaaabbbb', 'axxabbbb']);
  });

  it('is all of it once it is synced, and nothing that is not there', async () => {
    const work = (disk: Disk): void => {
      disk.write(disk.find('/f'), 0, text('cccc'));
      disk.sync(disk.find('/f'));
      disk.write(disk.find('/f'), 4, text('bbbb'));
    };
    expect(await outcomes(work, (disk) => content(disk, '/f'), withFile)).toEqual(['aaaabbbb', 'ccccbbbb']);
  });

  it('is of its size the old one, the new one, or any between; what did not come reads as zeros', async () => {
    const work = (disk: Disk): void => void disk.write(disk.find('/f'), 8, text('ccccdd'));
    const seen = await outcomes(work, (disk) => content(disk, '/f'), withFile);
    const tails = ['', '....', 'cccc', '......', 'cccc..', '....dd', 'ccccdd'];
    expect(seen).toEqual(tails.map((tail) => `aaaabbbb${tail}`).sort());
  });

  it('is decided for good by the first look, and not before', async () => {
    const work = (disk: Disk): void => void disk.write(disk.find('/f'), 0, text('cccc'));
    const twice = (disk: Disk): string => `${content(disk, '/f')} ${content(disk, '/f')}`;
    expect(await outcomes(work, twice, withFile)).toEqual(['aaaabbbb aaaabbbb', 'ccccbbbb ccccbbbb']);
    const { states } = await explore(
      crashProgram({
        name: 'nobody looks',
        ...withFile,
        threads: [
          { name: 'worker', operations: [{ name: 'work', run: ({ disk }) => work(disk) }] },
          { name: 'observer', lives: 'later', operations: [{ name: 'look', run: ({ disk }) => disk.find('/f') }] },
        ],
      }),
    );
    expect(states).toBe(6); // before and after the write; each after the loss, and after the look
  });

  it('may be cut short by a truncation that was not synced', async () => {
    const work = (disk: Disk): void => disk.truncate(disk.find('/f'), 4);
    const seen = await outcomes(work, (disk) => content(disk, '/f'), withFile);
    expect(seen).toEqual(['aaaa', 'aaaa....', 'aaaabbbb']);
  });

  it('may lack what a failed sync left, though a later one works', async () => {
    const work = (disk: Disk): void => {
      const file = disk.find('/f');
      disk.write(file, 0, text('cccc'));
      let failed = false;
      try {
        disk.sync(file);
      } catch {
        failed = true;
      }
      disk.write(file, 4, text('dddd'));
      disk.sync(file);
      if (failed) disk.create('/failed');
      disk.syncDirectory('/');
    };
    const look = (disk: Disk): string => (disk.find('/failed') === 0 ? '' : content(disk, '/f'));
    const quiet = { ...withFile, failures: 1 };
    const seen = await outcomes((disk) => ignoring(() => work(disk)), look, quiet);
    expect(seen).toContain('aaaadddd');
    expect(seen).not.toContain('aaaabbbb');
  });
});

function ignoring(action: () => void): void {
  try {
    action();
  } catch {}
}

describe('what a power loss leaves of names', () => {
  const withTwo = {
    format: (disk: Disk) => {
      disk.write(disk.create('/a'), 0, text('a'));
      disk.write(disk.create('/b'), 0, text('b'));
    },
  };
  const names = (disk: Disk): string => disk.list('/').join('');

  it('is any subset of the changes', async () => {
    const work = (disk: Disk): void => {
      disk.remove('/a');
      disk.remove('/b');
    };
    expect(await outcomes(work, names, withTwo)).toEqual(['', 'a', 'ab', 'b']);
  });

  it('is those up to some moment, with names in order', async () => {
    const work = (disk: Disk): void => {
      disk.remove('/a');
      disk.remove('/b');
    };
    const disk: DiskOptions = { unitBytes: UNIT_BYTES, names: 'in order' };
    expect(await outcomes(work, names, { ...withTwo, disk })).toEqual(['', 'ab', 'b']);
  });

  it('is a rename wholly or not at all', async () => {
    const both = (disk: Disk): string => `${content(disk, '/a')} ${content(disk, '/b')}`;
    expect(await outcomes((disk) => disk.rename('/a', '/b'), both, withTwo)).toEqual(['a b', 'none a']);
  });

  it('is a rename without what made its file, or the other way round', async () => {
    const work = (disk: Disk): void => {
      const file = disk.create('/c');
      disk.write(file, 0, text('c'));
      disk.sync(file);
      disk.rename('/c', '/a');
    };
    const all = (disk: Disk): string => `${content(disk, '/a')} ${content(disk, '/c')}`;
    // The file has one of the names or none; before it is synced, its size and its byte may be there or not.
    expect(await outcomes(work, all, withTwo)).toEqual(['a ', 'a .', 'a c', 'a none', 'c none']);
  });

  it('is everything once the directory is synced', async () => {
    const work = (disk: Disk): void => {
      disk.remove('/a');
      disk.syncDirectory('/');
      disk.remove('/b');
    };
    expect(await outcomes(work, names, withTwo)).toEqual(['', 'ab', 'b']);
  });
});

describe('a kill', () => {
  it('loses nothing that was written', async () => {
    const work = (disk: Disk): void => void disk.write(disk.create('/f'), 0, text('aaaa'));
    const seen = await outcomes(work, (disk) => content(disk, '/f'), { powerLosses: 0, kills: 1 });
    expect(seen).toEqual(['', 'aaaa', 'none']);
  });
});

describe('short writes', () => {
  it('stop at the end of any unit', async () => {
    const seen = new Set<number>();
    const run = ({ disk }: { disk: Disk }): void => void seen.add(disk.write(disk.create('/f'), 0, new Uint8Array(10)));
    await explore(
      crashProgram({
        name: 'short',
        disk: { unitBytes: UNIT_BYTES },
        threads: [{ name: 'worker', operations: [{ name: 'work', run }] }],
        shortWrites: 1,
        powerLosses: 0,
      }),
    );
    expect([...seen].sort((a, b) => a - b)).toEqual([4, 8, 10]);
  });
});
