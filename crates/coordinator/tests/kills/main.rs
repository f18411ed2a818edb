//! `kill -9` of coordinators and of their database under load, again and again. After each start: every write that was
//! acknowledged is there, and readers that resume by `after_seq` see the log whole, in order, nothing twice.
//!
//! `VERIFRAME_KILLS` says how often (20 without it); half of the kills hit a coordinator on SQLite, a quarter one on
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

use scenario::Scenario;
use std::{process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    if std::env::var_os(child::SERVE).is_some() {
        runtime.block_on(child::serve());
        return ExitCode::SUCCESS;
    }
    // Arguments of the usual test runner: a name chooses, flags change nothing here.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let number = std::env::var("VERIFRAME_KILLS").ok().and_then(|text| text.parse().ok());
    let kills: u32 = number.unwrap_or(20);
    let (mut passed, mut left_out) = (0, 0);
    for scenario in Scenario::ALL {
        let name = scenario.name();
        if !wanted.is_empty() && !wanted.iter().any(|word| name.contains(word.as_str())) {
            left_out += 1;
            continue;
        }
        let begun = Instant::now();
        // A scenario that fails panics, which ends the program with what went wrong.
        runtime.block_on(scenario.run(kills));
        println!("test {name} ... ok, {:.0} s", begun.elapsed().as_secs_f64());
        passed += 1;
    }
    println!("test result: ok. {passed} passed; 0 failed; 0 ignored; 0 measured; {left_out} filtered out");
    ExitCode::SUCCESS
}
