//! Prints the report of a `.blend` file as JSON, or packs it: `report FILE [PACK_INTO]`.

use std::{path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let Some(file) = arguments.next() else {
        eprintln!("report FILE [PACK_INTO]");
        return ExitCode::from(2);
    };
    match veriframe_blend::inspect(&file, &veriframe_blend::TraceOptions::default()) {
        Ok(report) => println!("{}", serde_json::to_string_pretty(&report).unwrap_or_default()),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    let Some(into) = arguments.next() else {
        return ExitCode::SUCCESS;
    };
    match veriframe_blend::pack(
        &file,
        &into,
        &veriframe_blend::PackOptions::default(),
        &mut |_| {},
        &|| false,
    ) {
        Ok(packed) => {
            eprintln!("{packed:?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
