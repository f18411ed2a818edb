//! Where a scene's key comes from.

use crate::{
    args::KeyText,
    exit::{Exit, Failure},
};
use veriframe_ipfs::SealKey;

/// For scripts: what is written on a command line can be read by every user of the computer.
const KEY_VARIABLE: &str = "VERIFRAME_SCENE_KEY";

/// The key that was given, on the command line or in the environment.
pub fn given(key: Option<&KeyText>) -> Result<Option<SealKey>, Failure> {
    let key = match (key, std::env::var(KEY_VARIABLE)) {
        (Some(KeyText(key)), _) => key.clone(),
        (None, Ok(text)) if !text.is_empty() => text.trim().parse(),
        _ => return Ok(None),
    };
    key.map(Some).map_err(|error| {
        Failure::new(
            Exit::BadInput,
            "invalid_key",
            format!("The key cannot be used: {error}."),
            format!(
                "Check --key, or {KEY_VARIABLE}. The key is not shown here, because it may be right but for a slip."
            ),
        )
    })
}

/// A new one.
pub fn made() -> Result<SealKey, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        let message = format!("This system gives no random numbers: {error}.");
        Failure::new(Exit::Failed, "internal", message, "Give a key with --key.")
    })?;
    Ok(SealKey::from_bytes(bytes))
}
