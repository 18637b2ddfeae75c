import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import colors from 'picocolors';
import { open } from '../engine/index.ts';
import { loadCities } from './cities.ts';
import { exploreExhaustively, exploreMutant } from './start/explore.ts';
import { killAndRecover } from './start/kill.ts';
import { load } from './start/load.ts';
import { packSource, Source } from './start/source.ts';
import { verify } from './start/verify.ts';
import { figuresTable } from './table.ts';

/*
 * `npm start`: the main job on real input. Loads the world's cities from several threads while another reads, compares
 * the result with the source, reopens the store and compares again, kills a writing process and checks what is left, and
 * explores one scenario of the engine's own steps exhaustively. Exit code 0 and the word "verified", or 1 and what differs.
 */

const LOADERS = 2;
const KILLS = 3;
const SCENARIO = 'puts-and-get';
const MUTANT = 'place before intent';

type Figures = [what: string, figure: string][];

async function main(directory: string): Promise<void> {
  const start = performance.now();
  const figures: Figures = [
    ...(await citiesJob(join(directory, 'cities'))),
    ...(await killJob(join(directory, 'killed'))),
    ...(await exploreJob()),
  ];
  figures.push(['all of it', seconds((performance.now() - start) / 1000)]);
  process.stdout.write(`${figuresTable(figures)}\n${colors.green('verified')}\n`);
}

async function citiesJob(path: string): Promise<Figures> {
  const packed = await stage('reads the data set', async () => packSource(loadCities()));
  const source = new Source(packed);
  const store = await open(path);
  const loading = await loadWithBar((progress) => load(store, 'cities', packed, LOADERS, progress), packed.count);
  const verified = await stage('compares every record with the source', async () =>
    verify(store.tree('cities'), source, 'after loading'),
  );
  await store.close();
  const reopenStart = performance.now();
  const reopened = await stage('opens the store again', () => open(path));
  const reopenSeconds = (performance.now() - reopenStart) / 1000;
  await stage('compares every record again', async () => verify(reopened.tree('cities'), source, 'after reopening'));
  await reopened.close();
  const { gets, entries, scans } = loading.reader;
  return [
    ['records', whole(source.count)],
    [`puts, ${LOADERS} threads, one reading beside`, rate(source.count, loading.seconds)],
    ['gets beside the puts, checked', rate(gets, loading.seconds)],
    [`entries in ${whole(scans)} scans beside the puts, checked`, rate(entries, loading.seconds)],
    ['full scan, compared', rate(source.count, verified.scanSeconds)],
    ['gets of every key, compared', rate(source.count, verified.getSeconds)],
    ['reopened in', seconds(reopenSeconds)],
  ];
}

async function killJob(path: string): Promise<Figures> {
  const { kills, acknowledged, recovered } = await stage('kills a writing process', () =>
    killAndRecover(path, KILLS, () => undefined),
  );
  return [
    ['processes killed while two threads wrote', whole(kills)],
    ['operations acknowledged as durable, all found', whole(acknowledged)],
    ['operations found, a prefix', whole(recovered)],
  ];
}

async function exploreJob(): Promise<Figures> {
  const explored = await stage(`explores the scenario ${SCENARIO}`, () => exploreExhaustively(SCENARIO));
  const mutant = await stage(`explores it with a fault: ${MUTANT}`, () => exploreMutant(SCENARIO, MUTANT));
  return [
    [`states explored exhaustively (${SCENARIO})`, whole(explored.states)],
    ['transitions', whole(explored.transitions)],
    [`fault put in (${MUTANT}), found after`, `${whole(mutant.states)} states`],
  ];
}

/** Says on stderr what is being done, and when it is done how long it took. */
async function stage<T>(what: string, run: () => Promise<T>): Promise<T> {
  if (process.stderr.isTTY) process.stderr.write(`… ${what}`);
  const start = performance.now();
  const result = await run();
  const took = seconds((performance.now() - start) / 1000);
  process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${colors.green('✓')} ${what} ${colors.dim(took)}\n`);
  return result;
}

async function loadWithBar<T>(run: (progress: (done: number) => void) => Promise<T>, total: number): Promise<T> {
  const bar = new SingleBar({
    format: '… loads {bar} {percentage}% {value}/{total} records',
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  return stage(`loads ${whole(total)} records from ${LOADERS} threads while another reads`, async () => {
    bar.start(total, 0);
    try {
      return await run((done) => bar.update(done));
    } finally {
      bar.stop();
    }
  });
}

function whole(value: number): string {
  return value.toLocaleString('en');
}

function rate(count: number, inSeconds: number): string {
  return `${whole(Math.round(count / inSeconds))} /s`;
}

function seconds(value: number): string {
  return `${value.toFixed(value < 1 ? 3 : 1)} s`;
}

const directory = await mkdtemp(join(tmpdir(), 'rightlink-start-'));
try {
  await main(directory);
} catch (error) {
  process.stderr.write(`\n${colors.red('differs or failed')}: ${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}
