//! How the program ends, and how it says why.

use std::{fmt, process::ExitCode};
use veriframe_app::view::CommandError;

/// The documented exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Failed = 1,
    BadInput = 3,
    NoBlender = 4,
    Coordinator = 5,
    Money = 6,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// What happened, what is safe, what to do.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    /// Stable word for scripts.
    pub code: String,
    pub message: String,
    pub hint: String,
    /// The result on standard output says it, too: no second one follows.
    pub told: bool,
}

impl Failure {
    pub fn new(exit: Exit, code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            exit,
            code: code.to_owned(),
            message: message.into(),
            hint: hint.into(),
            told: false,
        }
    }

    /// For a command that printed what it found and fails because of it.
    #[must_use]
    pub fn after_result(self) -> Self {
        Self { told: true, ..self }
    }

    pub fn interrupted(hint: impl Into<String>) -> Self {
        Self::new(Exit::Interrupted, "interrupted", "Interrupted.", hint)
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        let exit = match error.code.as_str() {
            "not_a_blend" | "truncated" | "empty_file" | "is_folder" | "not_found" | "unreadable" | "no_camera"
            | "invalid_frames" | "invalid_settings" | "missing_files" | "corrupt" | "wrong_password" => Exit::BadInput,
            "no_blender" | "not_eligible" | "no_denoiser" => Exit::NoBlender,
            "coordinator_down" | "signature_refused" | "signed_out" | "chain_unavailable" | "wallet_locked" => {
                Exit::Coordinator
            }
            "insufficient_funds" | "fee_too_high" => Exit::Money,
            "cancelled" => Exit::Interrupted,
            _ => Exit::Failed,
        };
        Self {
            exit,
            code: error.code,
            message: error.message,
            hint: error.hint,
            told: false,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Failed, "internal", error.to_string(), "")
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Failed, "internal", format!("{error:#}"), "")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.hint.is_empty() {
            write!(f, "\n{}", self.hint)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_trouble_has_its_own_code() {
        let exit = |code: &str| {
            Failure::from(CommandError {
                code: code.into(),
                message: String::new(),
                hint: String::new(),
            })
            .exit
        };
        assert_eq!(exit("truncated"), Exit::BadInput);
        assert_eq!(exit("no_blender"), Exit::NoBlender);
        assert_eq!(exit("signed_out"), Exit::Coordinator);
        assert_eq!(exit("insufficient_funds"), Exit::Money);
        assert_eq!(exit("no_space"), Exit::Failed);
    }
}
