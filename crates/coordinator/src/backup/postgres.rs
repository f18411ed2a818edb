//! PostgreSQL's own programs. The password goes by their environment: what stands on a command line, everybody can read.

use super::BackupError;
use percent_encoding::percent_decode_str;
use std::{path::Path, process::Stdio};
use tokio::process::Command;

/// Writes the moment that `snapshot` names, in the custom format.
pub async fn dump(url: &str, snapshot: &str, to: &Path) -> Result<(), BackupError> {
    let mut command = program("pg_dump", url);
    command.args(["--format=custom", "--no-owner", "--no-privileges"]);
    command.arg(format!("--snapshot={snapshot}")).arg("--file").arg(to);
    run("pg_dump", command).await
}

/// All or nothing; replaces what is there.
pub async fn restore(url: &str, from: &Path) -> Result<(), BackupError> {
    let mut command = program("pg_restore", url);
    command.args([
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
    ]);
    command.args(["--clean", "--if-exists"]).arg(from);
    run("pg_restore", command).await
}

fn program(name: &'static str, url: &str) -> Command {
    let (url, password) = without_password(url);
    let mut command = Command::new(name);
    command.arg("--dbname").arg(url).arg("--no-password");
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    command
}

async fn run(program: &'static str, mut command: Command) -> Result<(), BackupError> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.map_err(|source| BackupError::Missing { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    Err(BackupError::Failed {
        program,
        said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// The address without its password, and the password.
fn without_password(url: &str) -> (String, Option<String>) {
    let split = || {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (user, host) = rest[..end].rsplit_once('@')?;
        let (user, password) = user.split_once(':')?;
        let password = percent_decode_str(password).decode_utf8_lossy().into_owned();
        Some((format!("{scheme}://{user}@{host}{}", &rest[end..]), password))
    };
    match split() {
        Some((url, password)) => (url, Some(password)),
        None => (url.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_taken_out() {
        let (url, password) = without_password("postgres://me:a%40b@db:5432/veriframe?sslmode=require");
        assert_eq!(url, "postgres://me@db:5432/veriframe?sslmode=require");
        assert_eq!(password.as_deref(), Some("a@b"));
        let (url, password) = without_password("postgres://me@db/veriframe");
        assert_eq!((url.as_str(), password), ("postgres://me@db/veriframe", None));
    }
}
