//! Two-phase commit (Gray and Lamport, "Consensus on transaction commit", 2006) in Stateright's terms, for the comparison of
//! `npm run bench -- model`: managers and threads in, one line of JSON out.

use stateright::{Checker, Model, Property};
use std::time::Instant;

const WORKING: u8 = 0;
const PREPARED: u8 = 1;
const COMMITTED: u8 = 2;
const ABORTED: u8 = 3;

/// The coordinator decides in the moment in which it sends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Coordinator {
    Init,
    Committed,
    Aborted,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct State {
    managers: Vec<u8>,
    coordinator: Coordinator,
    /// Whose `prepared` the coordinator has seen, and whose was sent; a bit a manager.
    seen: u32,
    sent: u32,
    /// Decisions sent.
    commit: bool,
    abort: bool,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Action {
    ReceivePrepared(usize),
    Commit,
    Abort,
    Prepare(usize),
    ChooseAbort(usize),
    ObeyCommit(usize),
    ObeyAbort(usize),
}

struct TwoPhaseCommit {
    managers: usize,
}

impl Model for TwoPhaseCommit {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            managers: vec![WORKING; self.managers],
            coordinator: Coordinator::Init,
            seen: 0,
            sent: 0,
            commit: false,
            abort: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let all = (1u32 << self.managers) - 1;
        if state.coordinator == Coordinator::Init {
            if state.seen == all {
                actions.push(Action::Commit);
            }
            actions.push(Action::Abort);
        }
        for (manager, phase) in state.managers.iter().enumerate() {
            if state.coordinator == Coordinator::Init && state.sent & 1 << manager != 0 {
                actions.push(Action::ReceivePrepared(manager));
            }
            if *phase == WORKING {
                actions.push(Action::Prepare(manager));
                actions.push(Action::ChooseAbort(manager));
            }
            if state.commit {
                actions.push(Action::ObeyCommit(manager));
            }
            if state.abort {
                actions.push(Action::ObeyAbort(manager));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::ReceivePrepared(manager) => state.seen |= 1 << manager,
            Action::Commit => {
                state.coordinator = Coordinator::Committed;
                state.commit = true;
            }
            Action::Abort => {
                state.coordinator = Coordinator::Aborted;
                state.abort = true;
            }
            Action::Prepare(manager) => {
                state.managers[manager] = PREPARED;
                state.sent |= 1 << manager;
            }
            Action::ChooseAbort(manager) => state.managers[manager] = ABORTED,
            Action::ObeyCommit(manager) => state.managers[manager] = COMMITTED,
            Action::ObeyAbort(manager) => state.managers[manager] = ABORTED,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::sometimes("all abort", |_, state| state.managers.iter().all(|&m| m == ABORTED)),
            Property::<Self>::sometimes("all commit", |_, state| state.managers.iter().all(|&m| m == COMMITTED)),
            Property::<Self>::always("consistent", |_, state| {
                !(state.managers.contains(&ABORTED) && state.managers.contains(&COMMITTED))
            }),
        ]
    }
}

fn main() {
    let argument = |index: usize| -> usize {
        let text = std::env::args().nth(index).expect("usage: two-phase-commit MANAGERS THREADS");
        text.parse().expect("a number")
    };
    let (managers, threads) = (argument(1), argument(2));
    let start = Instant::now();
    let checker = TwoPhaseCommit { managers }.checker().threads(threads).spawn_dfs().join();
    let seconds = start.elapsed().as_secs_f64();
    checker.assert_properties();
    println!(
        "{{\"states\":{},\"transitions\":{},\"seconds\":{:.6}}}",
        checker.unique_state_count(),
        checker.state_count() - 1,
        seconds
    );
}
