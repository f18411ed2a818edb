//! The key of a project's scenes.

use std::{fmt, str::FromStr};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 32 random bytes, or some that were derived from such. Whoever has it reads every scene that was sealed with it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SealKey([u8; 32]);

impl SealKey {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key of one project, from the one secret of a home. Neither another project's key nor the secret can be
    /// computed from it.
    #[must_use]
    pub fn of_project(&self, project: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("veriframe 2026-11 key of a project");
        hasher.update(&self.0).update(project.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    /// 64 hexadecimal digits, to hand it to those who may read the scene.
    pub fn to_text(&self) -> Zeroizing<String> {
        let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
        let digits = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
        Zeroizing::new(digits.collect())
    }

    /// A key for one purpose.
    pub(super) fn derived(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(blake3::derive_key(purpose, &self.0))
    }

    /// What may be written down beside sealed content, to find the key again.
    pub(crate) fn id(&self) -> String {
        let derived = blake3::Hash::from_bytes(blake3::derive_key("veriframe 2026-11 name of a scene key", &self.0));
        derived.to_hex()[..32].to_owned()
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(…)")
    }
}

/// The text is not a key. It is not shown: it may be one with a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scene's key has 64 hexadecimal digits")]
pub struct KeyTextError;

impl FromStr for SealKey {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        let digits: Vec<u8> = text
            .chars()
            .map(|c| c.to_digit(16).map(|digit| digit as u8))
            .collect::<Option<_>>()
            .ok_or(KeyTextError)?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(KeyTextError);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_read_back_and_never_shown() {
        let key = SealKey::from_bytes(std::array::from_fn(|index| index as u8 * 7));
        assert_eq!(key.to_text().parse::<SealKey>().unwrap(), key);
        assert!(!format!("{key:?}").contains("07"));
        for text in ["", "00", &"g".repeat(64), &"0".repeat(65), &"é".repeat(64)] {
            assert_eq!(text.parse::<SealKey>(), Err(KeyTextError));
        }
    }

    #[test]
    fn projects_have_keys_of_their_own() {
        let home = SealKey::from_bytes([1; 32]);
        assert_eq!(home.of_project("/a"), home.of_project("/a"));
        assert_ne!(home.of_project("/a"), home.of_project("/b"));
        assert_ne!(home.of_project("/a").id(), home.of_project("/b").id());
    }
}
