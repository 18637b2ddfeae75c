import { describe, expect, it } from 'vitest';
import { type CrashProgram, type ExploreOptions, explore } from '../../model/index.ts';
import { bufferedLog, replacedFile, stubbornLog, unchecked, writeAheadLog } from './crashes.ts';

async function verdict(target: CrashProgram, options: ExploreOptions = {}): Promise<string> {
  const { violation, coverage } = await explore(target, options);
  return violation === undefined ? coverage : violation.kind;
}

describe('a log whose appends are durable when they return', () => {
  it('is right, two power losses and a kill anywhere, recovery included; three ways to search agree', async () => {
    const depth = await explore(writeAheadLog());
    expect(depth.verdict).toBe('ok');
    expect(depth.exhaustive).toBe(true);
    for (const options of [{ search: 'breadth' }, { exact: true }, { seed: 5 }] as const) {
      const again = await explore(writeAheadLog(), options);
      expect([again.verdict, again.states, again.transitions]).toEqual(['ok', depth.states, depth.transitions]);
    }
  });

  it('needs the sync', async () => {
    expect(await verdict(writeAheadLog(), { mutant: 'no sync' })).toBe('linearizability');
  });

  it('needs a checksum: the units of a record reach the disk in any order', async () => {
    expect(await verdict(writeAheadLog(unchecked))).toBe('linearizability');
  });

  it('needs a sync in recovery: what it reads after a kill may be in the cache only', async () => {
    const { violation } = await explore(writeAheadLog({ syncsOnRecovery: false }));
    expect(violation?.kind).toBe('linearizability');
    const crashes = violation?.trace.steps.filter(({ label }) => /killed|power is lost/.test(label)).length;
    expect(crashes).toBe(2);
  });
});

describe('a log that syncs now and then', () => {
  it('keeps a prefix that holds what was synced', async () => {
    expect(await verdict(bufferedLog('buffered'))).toBe('exhaustive');
  });

  it('does not keep all that returned', async () => {
    expect(await verdict(bufferedLog('strict'))).toBe('linearizability');
  });

  it('needs a checksum', async () => {
    expect(await verdict(bufferedLog('buffered', unchecked))).toBe('linearizability');
  });
});

describe('a file replaced by another', () => {
  it('is there, old or new, and new once that was said', async () => {
    expect(await verdict(replacedFile(true, true))).toBe('exhaustive');
  });

  it('may be empty when its bytes were not synced before the rename', async () => {
    expect(await verdict(replacedFile(false, true))).toBe('linearizability');
  });

  it('may be the old one when the directory was not synced', async () => {
    expect(await verdict(replacedFile(true, false))).toBe('linearizability');
  });
});

describe('a sync that fails', () => {
  it('may be reported', async () => {
    expect(await verdict(stubbornLog(false))).toBe('exhaustive');
  });

  it('must not be tried again: the second says nothing about the first', async () => {
    expect(await verdict(stubbornLog(true))).toBe('linearizability');
  });
});
