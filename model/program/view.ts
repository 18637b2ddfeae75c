import { ModelError } from '../errors.ts';
import type { Step } from '../memory.ts';
import type { Thread, ThreadView } from '../program.ts';
import { type Calls, operationAt } from './calls.ts';
import { ALTERNATIVE, type Control, OPERATION, STATUS, STATUS_NAMES } from './control.ts';

/** A thread as invariants see it: reads the machine's own tables when asked. */
export function threadView(
  thread: Thread<object>,
  index: number,
  control: Control,
  current: readonly (Step<object> | null)[],
  calls: Calls,
  registers: object,
): ThreadView {
  return {
    name: thread.name,
    registers,
    get status() {
      return STATUS_NAMES[control.get(index, STATUS)];
    },
    get operation() {
      if (current[index] === null) return null;
      return operationAt(thread, control.get(index, OPERATION), control.get(index, ALTERNATIVE)).name;
    },
    get step() {
      return current[index]?.name ?? null;
    },
    get results() {
      if (calls.keepsResults) return calls.resultsOf(control, index);
      throw new ModelError('RIGHTLINK_MODEL_RESULTS', 'results are kept only with recordResults: true');
    },
  };
}
