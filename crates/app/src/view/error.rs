use serde::Serialize;
use specta::Type;

/// What a command answers when it fails. The window acts on `code`, shows `message`, and offers `hint`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    /// Closed list: `not_a_blend`, `truncated`, `empty_file`, `is_folder`, `not_found`, `unreadable`, `no_camera`, `missing_files`,
    /// `invalid_frames`, `invalid_settings`, `no_blender`, `not_eligible`, `no_denoiser`, `no_space`, `coordinator_down`,
    /// `insufficient_funds`, `signature_refused`, `signed_out`, `invalid_state`, `cancelled`, `corrupt`, `internal`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What is safe and what to do next; may be empty.
    pub hint: String,
}
