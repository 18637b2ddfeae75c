import { type Machine, Moves, type Problem } from '../machine.ts';
import type { Finding, Way } from '../search/search.ts';

/** States that are looked at, at most: a matter of a second. */
const STATES = 40_000;
/** Share of them for trying to reorder the way that was found. */
const REORDERING = 0.25;
/** Longer ways are only reordered: the search for others goes as deep as the way is long. */
const LONGEST = 1_000;

/**
 * Another way to the same violation, no longer than the one found, that goes from actor to actor as few times as possible.
 *
 * First the way itself is reordered: what an actor does at two times is put together where it still leads to the same.
 * Then all ways of at most the same length are tried, with no switch, with one, with two …, as far as a bound on the states looked at
 * allows. Every candidate is run; none is assumed to work.
 *
 * @param machine one that allows all moves
 */
export function straighten(machine: Machine, found: Finding): Finding {
  const { problem, way } = found;
  if (way.loop !== undefined) return straightenStem(machine, found, way.loop);
  const isWanted = ({ kind, name }: Problem): boolean => kind === problem.kind && name === problem.name;
  return straightest(machine, found, { isWanted, isThere: () => false });
}

/** Another way to the same loop. */
function straightenStem(machine: Machine, { problem, way }: Finding, loop: number): Finding {
  const stem = way.moves.slice(0, loop);
  const state = stateAfter(machine, { ...way, moves: stem });
  const target = { isWanted: () => false, isThere: () => machine.exact() === state };
  const straight = straightest(machine, { problem, way: { initial: way.initial, moves: stem } }, target).way.moves;
  const moves = [...straight, ...way.moves.slice(loop)];
  const steps = `from step ${straight.length + 1} to step ${moves.length}`;
  const message = problem.message.replace(/from step \d+ to step \d+/, steps);
  return { problem: { ...problem, message }, way: { ...way, moves, loop: straight.length } };
}

function stateAfter(machine: Machine, { initial, moves }: Way): string {
  machine.enter(initial);
  for (const move of moves) machine.apply(move);
  const state = machine.exact();
  for (const _ of moves) machine.undo();
  return state;
}

/** What a way must lead to. */
interface Target {
  isWanted(problem: Problem): boolean;
  /** Whether the current state is it. */
  isThere(): boolean;
}

function straightest(machine: Machine, found: Finding, target: Target): Finding {
  const attempt = new Attempt(machine, found, target);
  attempt.reorder(STATES * REORDERING);
  if (attempt.best.way.moves.length <= LONGEST) attempt.search(STATES);
  return attempt.best;
}

class Attempt {
  best: Finding;
  private readonly machine: Machine;
  private readonly target: Target;
  private readonly initial: number;
  private looked = 0;
  private bound = 0;
  private readonly path: number[] = [];
  /** By state and last actor: switches left and depth, when it was last looked at. */
  private readonly visited = new Map<string, { left: number; depth: number }>();

  constructor(machine: Machine, found: Finding, target: Target) {
    this.machine = machine;
    this.best = found;
    this.target = target;
    this.initial = found.way.initial;
  }

  /** Puts together what an actor does at two times, and leaves out last moves, as long as that helps. */
  reorder(states: number): void {
    let improved = true;
    while (improved && this.looked < states) {
      improved = false;
      for (const moves of this.neighbours()) {
        if (this.looked >= states) return;
        const found = this.run(moves);
        if (found === null || !this.isBetter(found.way)) continue;
        this.best = found;
        improved = true;
        break;
      }
    }
  }

  /** Looks for a way with no switch, then with one, then with two …, until one leads there. */
  search(states: number): void {
    const most = this.switchesOf(this.best.way.moves);
    for (let switches = 0; switches < most; switches++) {
      this.visited.clear();
      this.bound = states;
      this.path.length = 0;
      this.machine.enter(this.initial);
      const found = this.visit(-1, switches);
      for (const _ of this.path) this.machine.undo();
      if (found !== null) this.best = found;
      if (found !== null || this.looked >= states) return;
    }
  }

  private *neighbours(): Generator<number[]> {
    const { moves } = this.best.way;
    for (const actor of this.machine.actors.keys()) {
      const last = moves.findLastIndex((move) => this.machine.actorOf(move) === actor);
      if (last >= 0) yield moves.toSpliced(last, 1);
    }
    const blocks = this.blocksOf(moves);
    for (const [i, block] of blocks.entries()) {
      const next = blocks.findIndex((each, j) => j > i && each.actor === block.actor);
      if (next < 0) continue;
      const between = blocks.slice(i + 1, next);
      const pair = [block, blocks[next]];
      for (const order of [
        [...pair, ...between],
        [...between, ...pair],
      ]) {
        yield [...blocks.slice(0, i), ...order, ...blocks.slice(next + 1)].flatMap((each) => each.moves);
      }
    }
  }

  private blocksOf(moves: readonly number[]): { actor: number; moves: number[] }[] {
    const blocks: { actor: number; moves: number[] }[] = [];
    for (const move of moves) {
      const actor = this.machine.actorOf(move);
      const block = blocks.at(-1);
      if (block?.actor === actor) block.moves.push(move);
      else blocks.push({ actor, moves: [move] });
    }
    return blocks;
  }

  /** Runs moves; where they lead to the wanted violation, or null. */
  private run(moves: readonly number[]): Finding | null {
    const { machine, path } = this;
    path.length = 0;
    machine.enter(this.initial);
    let found: Finding | null = null;
    for (let i = 0; i <= moves.length && found === null; i++) {
      const enabled = this.look();
      found = this.foundHere(enabled, i < moves.length ? moves[i] : null);
      if (found !== null || i === moves.length || !enabled.id.subarray(0, enabled.count).includes(moves[i])) break;
      this.make(moves[i]);
    }
    for (const _ of path) machine.undo();
    return found;
  }

  /** Goes on from the current state, where `last` moved last, with so many switches left. */
  private visit(last: number, left: number): Finding | null {
    const { machine, path } = this;
    const key = `${machine.low} ${machine.high} ${last}`;
    const before = this.visited.get(key);
    if (before !== undefined && before.left >= left && before.depth <= path.length) return null;
    this.visited.set(key, { left, depth: path.length });
    const enabled = this.look();
    const affordable = (move: number): boolean => left > 0 || last < 0 || machine.actorOf(move) === last;
    const room = this.best.way.moves.length - path.length;
    const failing = room > 0 ? enabled.problems.filter(({ move }) => move < 0 || affordable(move)) : [];
    const found = this.foundHere(enabled, failing.find((each) => this.target.isWanted(each.problem))?.move ?? null);
    if (found !== null || room === 0) return found;
    const moves = [...enabled.id.subarray(0, enabled.count)].filter(affordable);
    moves.sort((a, b) => Number(machine.actorOf(b) === last) - Number(machine.actorOf(a) === last));
    for (const move of moves) {
      if (this.looked >= this.bound) return null;
      const actor = machine.actorOf(move);
      this.make(move);
      const behind = this.visit(actor, last < 0 || actor === last ? left : left - 1);
      machine.undo();
      path.pop();
      if (behind !== null) return behind;
    }
    return null;
  }

  private look(): Moves {
    const enabled = new Moves();
    this.machine.expand(enabled);
    this.looked += 1;
    return enabled;
  }

  private make(move: number): void {
    this.machine.apply(move);
    this.path.push(move);
  }

  /** The wanted violation, if the current state has it, or the given move out of it. */
  private foundHere(enabled: Moves, move: number | null): Finding | null {
    const way = { initial: this.initial, moves: this.path.slice() };
    if (this.target.isThere()) return { problem: this.best.problem, way };
    const failing = enabled.problems.find((each) => each.move === move && this.target.isWanted(each.problem));
    if (failing !== undefined && move !== null && move >= 0) {
      return { problem: failing.problem, way: { ...way, moves: [...way.moves, move] } };
    }
    const ending = enabled.count === 0 && enabled.problems.length === 0 ? this.machine.judgeEnd() : null;
    const standing = enabled.problems.find((each) => each.move < 0)?.problem;
    for (const problem of [this.machine.judge(), standing ?? null, ending]) {
      if (problem !== null && this.target.isWanted(problem)) return { problem, way };
    }
    return null;
  }

  private isBetter({ moves }: Way): boolean {
    const best = this.best.way.moves;
    const [fewer, most] = [this.switchesOf(moves), this.switchesOf(best)];
    return moves.length < best.length || (moves.length === best.length && fewer < most);
  }

  private switchesOf(moves: readonly number[]): number {
    return Math.max(0, this.blocksOf(moves).length - 1);
  }
}
