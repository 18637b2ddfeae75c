export { ModelError, type ViolationKind } from './errors.ts';
export {
  check,
  type Explorable,
  type ExploreOptions,
  type ExploreResult,
  explore,
  type FoundViolation,
  type GoalResult,
  type Progress,
} from './explore.ts';
export { type Memory, run, type Step } from './memory.ts';
export { choose } from './program/choice.ts';
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
export {
  type Action,
  type Actor,
  type State,
  type StateInvariant,
  type TransitionSystem,
  type TransitionSystemDefinition,
  transitionSystem,
} from './system.ts';
export { printTrace } from './trace/print.ts';
export type { Access, Trace, TraceStep } from './trace/trace.ts';
