/** A call on a register. */
export type Call = { op: 'write'; value: string } | { op: 'read' };

/** How many calls every other client had completed when this one began: the order in real time. */
type Seen = Record<number, number>;

interface Completed {
  seen: Seen;
  call: Call;
  /** What a read returned. */
  result: string | null;
}

/** Calls of clients on one register, as Stateright's `LinearizabilityTester` keeps them. */
export interface History {
  completed: Record<number, Completed[]>;
  running: Record<number, { seen: Seen; call: Call }>;
}

/** No calls so far. */
export const NO_HISTORY: History = { completed: {}, running: {} };

/** A client calls. */
export function invoked(history: History, client: number, call: Call): History {
  const seen: Seen = {};
  for (const [other, calls] of Object.entries(history.completed)) {
    if (Number(other) !== client && calls.length > 0) seen[Number(other)] = calls.length;
  }
  return {
    completed: { ...history.completed, [client]: history.completed[client] ?? [] },
    running: { ...history.running, [client]: { seen, call } },
  };
}

/** A client's call returns. */
export function returned(history: History, client: number, result: string | null): History {
  const { [client]: own, ...running } = history.running;
  const completed = [...history.completed[client], { ...own, result }];
  return { completed: { ...history.completed, [client]: completed }, running };
}

/** Whether some order of the calls that respects real time explains all results. */
export function isLinearizable(history: History, initial: string): boolean {
  const clients = Object.keys(history.completed).map(Number);
  const done: Record<number, number> = Object.fromEntries(clients.map((client) => [client, 0]));
  const search = (value: string): boolean => {
    if (clients.every((client) => done[client] >= history.completed[client].length)) return true;
    for (const client of clients) {
      const next = history.completed[client][done[client]] ?? runningCall(history, client, done[client]);
      if (next === null || !Object.entries(next.seen).every(([other, calls]) => done[Number(other)] >= calls)) continue;
      const { call, result } = next;
      if (call.op === 'read' && result !== undefined && result !== value) continue;
      done[client] += 1;
      const found = search(call.op === 'write' ? call.value : value);
      done[client] -= 1;
      if (found) return true;
    }
    return false;
  };
  return search(initial);
}

/** A call that has not returned may have taken effect, after the client's other calls, with any result. */
function runningCall(
  history: History,
  client: number,
  done: number,
): { seen: Seen; call: Call; result?: string } | null {
  return done === history.completed[client].length ? (history.running[client] ?? null) : null;
}
