//! Gives Tauri the list of commands, read from the sources so that nobody keeps it by hand: each gets an
//! `allow-…` permission, and what `capabilities/main.json` does not allow is refused.

use std::{error::Error, fs, path::Path};

const COMMANDS: &str = "src-tauri/src/commands";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={COMMANDS}");
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    let commands = commands(Path::new(COMMANDS))?;
    // The manifest wants names for as long as the build runs.
    let commands: Vec<&'static str> = commands.into_iter().map(|name| &*name.leak()).collect();
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(tauri_build::AppManifest::new().commands(commands.leak()));
    tauri_build::try_build(attributes)?;
    Ok(())
}

/// Names of the functions below `#[tauri::command]`.
fn commands(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for file in fs::read_dir(folder)? {
        let mut is_command = false;
        for line in fs::read_to_string(file?.path())?.lines().map(str::trim) {
            if line.starts_with("#[tauri::command") {
                is_command = true;
            } else if let Some((_, signature)) = line.split_once("fn ").filter(|_| is_command) {
                names.extend(signature.split(['(', '<']).next().map(str::to_owned));
                is_command = false;
            }
        }
    }
    names.sort();
    Ok(names)
}
