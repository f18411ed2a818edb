//! The real `veriframe`, as another process.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The newest build beside the running test; `None` when it was not built.
pub fn veriframe() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    // The test lies in TARGET/PROFILE/deps.
    let path = test
        .parent()?
        .parent()?
        .join("veriframe")
        .with_extension(std::env::consts::EXE_EXTENSION);
    path.is_file().then_some(path)
}

/// `program` on a home, with nothing of the tester's own environment that would change what it does.
pub fn on_home(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env("VERIFRAME_HOME", home)
        .env("LOG_LEVEL", "debug")
        // Nobody's keychain is asked, and no store that a test did not start.
        .env("VERIFRAME_KEYCHAIN", "file")
        .env("VERIFRAME_KUBO", "off")
        .env("VERIFRAME_GATEWAYS", "off")
        .env_remove("VERIFRAME_COORDINATOR_STORE")
        .env_remove("BACKEND_API_URL")
        .env_remove("VERIFRAME_MONEY");
    command
}
