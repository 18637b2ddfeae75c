/* Peterson's lock for N processes, the filter lock (G. L. Peterson, "Myths about the mutual exclusion problem", 1981),
 * action for action the system of bench/model/filter-lock.ts. -DN=...: processes, up to 6. */
byte level[N];      /* 0: outside */
byte last[N];       /* who came to a level last */
byte inside;        /* how many are in the critical section */

#define BELOW(i) ((i) >= N || (i) == _pid || level[(i) % N] < l)
#define ALONE (BELOW(0) && BELOW(1) && BELOW(2) && BELOW(3) && BELOW(4) && BELOW(5))

active [N] proctype Process() {
  byte l = 1;       /* the level to go to */
  do
  :: d_step { l < N -> level[_pid] = l }
     last[l] = _pid;
     d_step {
       ALONE || last[l] != _pid -> l++;
       if
       :: l == N -> inside++; assert(inside == 1)
       :: else
       fi
     }
  :: d_step { l == N -> l = 1; level[_pid] = 0; inside-- }
  od
}
