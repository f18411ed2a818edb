//! `kill -9` of coordinators and of their database under load, again and again. After each start: every write that was
//! acknowledged is there, and readers that resume by `after_seq` see the log whole, in order, nothing twice.
//!
//! `VERIFRAME_KILLS` says how often (20 without it, 100 in `./dev test full`); half of the kills hit a coordinator on SQLite, a quarter one on
//! PostgreSQL, a quarter the PostgreSQL server, and besides one of two replicas is stopped or killed a few times. The coordinator is
//! this program itself, started with `VERIFRAME_KILLS_SERVE`.

mod chance;
mod child;
mod load;
mod reader;
mod scenario;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;

use libtest_mimic::{Arguments, Trial};
use scenario::Scenario;
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::var_os(child::SERVE).is_some() {
        runtime().block_on(child::serve());
        return ExitCode::SUCCESS;
    }
    let number = std::env::var("VERIFRAME_KILLS").ok().and_then(|text| text.parse().ok());
    let kills: u32 = number.unwrap_or_else(|| veriframe_peers::a_part_of(100));
    let trial = |scenario: Scenario| {
        // A scenario that fails panics, which fails the test with what went wrong.
        Trial::test(scenario.name(), move || {
            runtime().block_on(scenario.run(kills));
            Ok(())
        })
    };
    let mut arguments = Arguments::from_args();
    // Each keeps the machine busy by itself.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, Scenario::ALL.map(trial).into()).exit_code()
}

fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime")
}
