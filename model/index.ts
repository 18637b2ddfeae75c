export { type MutantRow, type Registry, runCommandLine, type Scenario, type ScenarioRow } from './cli.ts';
export { ModelError, type ViolationKind } from './errors.ts';
export { check, type ExploreResult, explore, type FoundViolation, type GoalResult } from './explore.ts';
export {
  type CrashMutant,
  type CrashOperation,
  type CrashProgram,
  type CrashProgramDefinition,
  type CrashThread,
  crashProgram,
  crashThread,
  type Host,
} from './faults/crash-program.ts';
export { type Disk, DiskFault, type DiskOptions } from './faults/disk.ts';
export { type Generation, generatePrograms } from './generate.ts';
export type { DurableOutcome, DurableSpecification } from './judge/durability.ts';
export { type Memory, run, type Step } from './memory.ts';
export { type MutantOutcome, type MutateOptions, mutate } from './mutate.ts';
export type { Explorable, ExploreOptions, Progress, SearchKind } from './options.ts';
export type { Source } from './parallel/source.ts';
export { choose } from './program/choice.ts';
export { peek, peekAll } from './program/peek.ts';
export {
  type Call,
  type Mutant,
  type Operation,
  type Outcome,
  type Program,
  type ProgramDefinition,
  type ProgramInvariant,
  type ProgramState,
  program,
  type Result,
  type Specification,
  type Thread,
  type ThreadView,
  thread,
  type Weakening,
} from './program.ts';
export { type Replay, replay } from './replay.ts';
export type { ProgressProperty } from './search/progress.ts';
export type { Schedule } from './search/sampled.ts';
export {
  type Action,
  type Actor,
  type State,
  type StateInvariant,
  type TransitionSystem,
  type TransitionSystemDefinition,
  transitionSystem,
} from './system.ts';
export { type PrintOptions, printTrace } from './trace/print.ts';
export type {
  Access,
  StepStatus,
  Trace,
  TraceRepeat,
  TraceScenario,
  TraceStep,
  TraceSwitch,
  TraceThread,
} from './trace/trace.ts';
