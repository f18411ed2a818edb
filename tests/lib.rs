//! What the tests of the whole product share. They see it as its users do: through its two programs, its files and
//! its HTTP contract, never through its crates.

#[path = "support/blender.rs"]
pub mod blender;
#[path = "support/chain.rs"]
pub mod chain;
#[path = "support/display.rs"]
pub mod display;
#[path = "support/drag.rs"]
pub mod drag;
#[path = "support/http.rs"]
pub mod http;
#[path = "support/ledger.rs"]
pub mod ledger;
#[path = "support/page.rs"]
pub mod page;
#[path = "support/pixels.rs"]
pub mod pixels;
#[path = "support/processes.rs"]
pub mod processes;
#[path = "support/program.rs"]
pub mod program;
#[path = "support/wait.rs"]
pub mod wait;

use std::path::PathBuf;

/// The root of the project.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the project")
        .to_owned()
}

/// A folder below `tests/output`, or below what `VERIFRAME_OUTPUT` names, made when it is not there: logs and pictures to look at
/// afterwards.
pub fn output(folder: &str) -> PathBuf {
    let path = std::env::var_os("VERIFRAME_OUTPUT").map_or_else(|| root().join("tests/output"), PathBuf::from);
    let path = path.join(folder);
    std::fs::create_dir_all(&path).expect("tests/output is writable");
    path
}
