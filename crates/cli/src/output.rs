//! Standard output for results, standard error for everything else.

use crate::exit::Failure;
use serde::Serialize;
use std::io::{self, Write as _};

/// Prints a result as one line of JSON.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|error| Failure::from(anyhow::Error::from(error)))?;
    line(&text)
}

/// Prints a line. A reader that has gone away, such as `head`, is no failure.
pub fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Tells something on standard error. Whoever read it may have gone away, as a terminal that was closed: the work goes on.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// What happened, what is safe, what to do: on standard error, and for scripts on standard output.
pub fn failure(failure: &Failure, as_json: bool) {
    note(&failure.to_string());
    if as_json {
        let value = serde_json::json!({
            "error": { "code": failure.code, "message": failure.message, "hint": failure.hint }
        });
        let _ = json(&value);
    }
}
