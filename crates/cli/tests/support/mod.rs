//! The real program on a home, and what it said.

use std::{
    path::Path,
    process::{Command, Output},
};
use veriframe_testkit::{TempHome, blender, program::on_home};

pub fn veriframe(home: &TempHome) -> Command {
    on_home(Path::new(env!("CARGO_BIN_EXE_veriframe")), home.home.root())
}

pub fn run(home: &TempHome, arguments: &[&str]) -> Output {
    veriframe(home).args(arguments).output().expect("the program starts")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// On both of its outputs.
pub fn said(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

pub fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}", said(output)))
}

/// Says so where there is no Blender.
pub fn skipped() -> bool {
    if blender().is_none() {
        eprintln!("SKIPPED: no Blender");
        return true;
    }
    false
}
