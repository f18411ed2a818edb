//! The one place where failures become the words of the window.
//!
//! A [`CommandError`] says what happened, what is safe and what to do next. Its code is there only for what the window
//! does differently.

use crate::{
    api::ApiError,
    context::OpenError,
    db::DbError,
    home::HomeError,
    keys::{KeysError, Locked},
    view::CommandError,
};
use veriframe_chain::keystore::KeystoreError;
use veriframe_ipfs::{ContentError, ExportError, StoreError};
use veriframe_render::RenderError;
use veriframe_wire::ErrorCode;

impl CommandError {
    pub fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// A fault of the program, or of something nobody can act on.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "a command failed");
        Self::new(
            "internal",
            format!("Something went wrong inside VeriFrame: {error}."),
            "Nothing was lost. Try again; if it happens again, copy the report in Settings and send it along.",
        )
    }

    pub fn no_space(message: impl Into<String>) -> Self {
        Self::new("no_space", message, "Free some space on the disk, then try again.")
    }
}

impl From<ApiError> for CommandError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Refused {
                code, message, hint, ..
            } => refused(code, message, hint),
            ApiError::Unreachable { .. } => Self::new(
                "coordinator_down",
                "The coordinator does not answer.",
                "What is on this computer is safe. Check the network and the address in Settings, then try again.",
            ),
            ApiError::Protocol { detail } => Self::new(
                "coordinator_down",
                format!("What answers there is not a coordinator this VeriFrame understands: {detail}."),
                "Check the address in Settings, or update VeriFrame.",
            ),
            ApiError::NotSigned { detail } => Self::new(
                "signature_refused",
                format!("VeriFrame did not sign what the coordinator asked for: {detail}."),
                "Your key is safe. Use the very address that the coordinator names as its own, and trust no other.",
            ),
            ApiError::Locked(_) => Self::new(
                "wallet_locked",
                "Signing in needs your key, and the wallet is locked.",
                "Unlock it with its password. What runs goes on.",
            ),
        }
    }
}

impl From<Locked> for CommandError {
    fn from(_: Locked) -> Self {
        Self::new(
            "wallet_locked",
            "The wallet is locked.",
            "Unlock it with its password. Nothing was signed.",
        )
    }
}

impl From<KeysError> for CommandError {
    fn from(error: KeysError) -> Self {
        let message = format!("{}.", capitalised(&error.to_string()));
        match error {
            KeysError::Keystore(KeystoreError::Password) => Self::new(
                "wrong_password",
                "That is not the password.",
                "Nothing was changed. Try again.",
            ),
            KeysError::Keystore(_) | KeysError::NoKey(_) => {
                Self::new("invalid_settings", message, "Nothing was changed.")
            }
            KeysError::Changed => Self::new("restart_needed", message, "Close VeriFrame and open it again."),
            KeysError::NoKeychain => Self::new("keychain", message, "Protect the key with a password instead."),
            KeysError::NotInKeychain => Self::new(
                "keychain",
                message,
                "Unlock the keychain of this computer, or put your back-up of key.json in its place.",
            ),
            KeysError::Secrets(error) => error.into(),
            KeysError::File(_) | KeysError::Io { .. } => Self::new(
                "unreadable",
                message,
                "Put your back-up of key.json in its place. Do not delete it: the account is lost without it.",
            ),
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

fn refused(code: ErrorCode, message: String, hint: String) -> CommandError {
    let (name, default_hint) = match code {
        ErrorCode::InsufficientFunds => ("insufficient_funds", "Lower the cap, or ask for credits in Wallet."),
        ErrorCode::InvalidSignature | ErrorCode::InvalidChallenge => (
            "signature_refused",
            "Check that the clock of this computer is right, then try again.",
        ),
        ErrorCode::Unauthenticated | ErrorCode::TokenExpired => ("signed_out", "Try again to sign in anew."),
        ErrorCode::NotFound => ("not_found", ""),
        ErrorCode::NotEligible => ("not_eligible", ""),
        ErrorCode::InvalidState | ErrorCode::AlreadyAssigned | ErrorCode::LeaseLost | ErrorCode::Forbidden => {
            ("invalid_state", "")
        }
        ErrorCode::InvalidRequest
        | ErrorCode::MethodNotAllowed
        | ErrorCode::NotAcceptable
        | ErrorCode::IdempotencyConflict
        | ErrorCode::TooLarge => ("invalid_settings", ""),
        ErrorCode::ContentMissing | ErrorCode::ContentCorrupt => (
            "corrupt",
            "The scene on this computer is safe. Try again to send it anew.",
        ),
        ErrorCode::NoSpace => ("no_space", "The coordinator's disk is full. Nothing was posted."),
        ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::ChainUnavailable | ErrorCode::PriceUnavailable => {
            ("coordinator_down", "Nothing was lost. Try again in a moment.")
        }
        ErrorCode::Internal => ("internal", "Nothing was lost. Try again in a moment."),
    };
    let hint = if hint.is_empty() { default_hint.to_owned() } else { hint };
    CommandError::new(name, message, hint)
}

impl From<DbError> for CommandError {
    fn from(error: DbError) -> Self {
        match &error {
            DbError::TooNew { .. } => Self::new(
                "internal",
                "A newer VeriFrame has used this home.",
                "Start the newer one, or set VERIFRAME_HOME to another folder.",
            ),
            DbError::Sqlite(rusqlite::Error::SqliteFailure(failure, _))
                if failure.code == rusqlite::ErrorCode::DiskFull =>
            {
                Self::no_space("The disk is full.")
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<HomeError> for CommandError {
    fn from(error: HomeError) -> Self {
        Self::new(
            "unreadable",
            format!("{error}."),
            "Make the folder writable, or set VERIFRAME_HOME to another one.",
        )
    }
}

impl From<OpenError> for CommandError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Home(error) => error.into(),
            OpenError::Db(error) => error.into(),
            OpenError::Coordinator(error) => error.into(),
            OpenError::Key(error) => error.into(),
            OpenError::SceneKeys(_) => Self::new(
                "unreadable",
                format!("{error}."),
                "Put your back-up of scenes.key in its place, or remove it: a new one is made, and scenes are sent anew once.",
            ),
            OpenError::Content(error) => error.into(),
            OpenError::Blocks(_) | OpenError::Interrupted => Self::internal(&error),
        }
    }
}

impl From<ContentError> for CommandError {
    fn from(error: ContentError) -> Self {
        if error.is_no_space() {
            return Self::no_space("The disk is full.");
        }
        if error.is_transient() {
            return Self::new(
                "coordinator_down",
                format!("A store stopped answering in the middle of a transfer: {error}."),
                "What was sent stays sent: the next try goes on from there.",
            );
        }
        match &error {
            ContentError::RemoteFull => Self::new(
                "no_space",
                "The coordinator's disk is full.",
                "Nothing was lost. Its operator has to make room.",
            ),
            ContentError::Import(_) => Self::new("unreadable", format!("{error}."), "Check the files, then try again."),
            ContentError::NotFound(_) | ContentError::Nowhere { .. } => Self::new(
                "not_found",
                format!("The content was found nowhere: {error}."),
                "Look at Settings, Content, for where it is looked for.",
            ),
            ContentError::Unpublished { .. } | ContentError::Unconfirmed(_) => Self::new(
                "not_stored",
                format!("Nobody else keeps the content yet: {error}."),
                "Nothing was posted. Look at Settings, Content, for where it is sent to, then try again.",
            ),
            ContentError::Store(StoreError::OverLimit { .. }) => Self::new(
                "no_space",
                format!("{error}."),
                "Raise the limit in Settings, Content, or clean up there.",
            ),
            ContentError::Export(ExportError::Seal(_)) => Self::new(
                "corrupt",
                format!("The scene cannot be opened: {error}."),
                "Whoever posted it has to post it again.",
            ),
            ContentError::Wrong(_) | ContentError::Tree(_) | ContentError::Car(_) => Self::new(
                "corrupt",
                format!("What arrived is not what was asked for: {error}."),
                "Nothing of it was used. Try again.",
            ),
            ContentError::Token(_) => Self::new("signed_out", format!("{error}."), "Try again to sign in anew."),
            ContentError::Interrupted => Self::new("cancelled", "The transfer was interrupted.", ""),
            _ => Self::internal(&error),
        }
    }
}

impl From<RenderError> for CommandError {
    fn from(error: RenderError) -> Self {
        let sentence = format!("Blender could not render: {error}.");
        match &error {
            RenderError::Cancelled => Self::new("cancelled", "The render was cancelled.", ""),
            RenderError::NoSpace => Self::no_space("There is no room left on the disk for the frame."),
            RenderError::NoCamera => Self::new(
                "no_camera",
                "The scene has no camera.",
                "Add one in Blender, or make one active, and save the file.",
            ),
            RenderError::SceneUnreadable { .. } | RenderError::NoSuchScene(_) => Self::new(
                "unreadable",
                sentence,
                "Open the file in Blender to see whether it is whole.",
            ),
            RenderError::MissingDenoiser { .. } => Self::new(
                "not_eligible",
                sentence,
                "Render without denoising, or install a Blender that has it.",
            ),
            RenderError::EngineUnavailable { .. } | RenderError::Unsupported(_) => {
                Self::new("not_eligible", sentence, "Another computer may be able to.")
            }
            RenderError::DeviceUnavailable(_) => Self::new(
                "not_eligible",
                sentence,
                "Look for Blender and its devices again on the Provide page.",
            ),
            RenderError::NoSandbox(_) => Self::new(
                "not_eligible",
                sentence,
                "Install bubblewrap, or allow rendering without a sandbox in Settings.",
            ),
            RenderError::NotStarted(_) => Self::new(
                "no_blender",
                sentence,
                "Check the installation of Blender, then look for it again.",
            ),
            RenderError::TimedOut { .. } | RenderError::OutOfMemory { .. } => {
                Self::new("not_eligible", sentence, "Raise the limit, or make the scene lighter.")
            }
            RenderError::BlenderDied { .. }
            | RenderError::NoOutput { .. }
            | RenderError::NoSuchPiece(_)
            | RenderError::WorkDir(_) => Self::internal(&error),
        }
    }
}
