/* Two-phase commit (TLA+ Examples, TwoPhase.tla), action for action the system of spec/known-answers/protocols.ts.
 * -DN=...: resource managers, up to 10. Messages once sent stay, so they are sets, as bits. */
#define WORKING 0
#define PREPARED 1
#define COMMITTED 2
#define ABORTED 3

byte manager[N];
byte coordinator;   /* 0: has not decided, 1: committed, 2: aborted */
short seen;         /* whose Prepared the coordinator has received */
short sent;         /* whose Prepared was sent */
byte decision;      /* bit 0: Commit was sent, bit 1: Abort */

#define IS(i, phase) ((i) < N && manager[(i) % N] == phase)
#define SOME(phase) (IS(0, phase) || IS(1, phase) || IS(2, phase) || IS(3, phase) || IS(4, phase) || \
                     IS(5, phase) || IS(6, phase) || IS(7, phase) || IS(8, phase) || IS(9, phase))
#define consistent assert(!(SOME(COMMITTED) && SOME(ABORTED)))

active [N] proctype Manager() {
  do
  :: d_step { manager[_pid] == WORKING -> manager[_pid] = PREPARED; sent = sent | (1 << _pid); consistent }
  :: d_step { manager[_pid] == WORKING -> manager[_pid] = ABORTED; consistent }
  :: d_step { (decision & 1) != 0 -> manager[_pid] = COMMITTED; consistent }
  :: d_step { (decision & 2) != 0 -> manager[_pid] = ABORTED; consistent }
  :: d_step { coordinator == 0 && (sent & (1 << _pid)) != 0 -> seen = seen | (1 << _pid); consistent }
  od
}

active proctype Coordinator() {
  do
  :: d_step { coordinator == 0 && seen == (1 << N) - 1 -> coordinator = 1; decision = decision | 1; consistent }
  :: d_step { coordinator == 0 -> coordinator = 2; decision = decision | 2; consistent }
  od
}
