//! A job's specification as felts: a text of JSON, 31 bytes a felt, behind its length in bytes.

use crate::number::Felt;
use starknet_crypto::poseidon_hash_many;

/// Bytes that surely fit a felt.
const BYTES: usize = 31;
/// What the contract takes.
pub const MAX_FELTS: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    #[error("the specification is cut off or too long")]
    Length,
    #[error("the specification holds a number that is no piece of text")]
    Piece,
    #[error("the specification is not UTF-8")]
    Text,
}

pub fn pack_text(text: &str) -> Vec<Felt> {
    let length = Felt::from(text.len());
    let pieces = text.as_bytes().chunks(BYTES).map(Felt::from_bytes_be_slice);
    std::iter::once(length).chain(pieces).collect()
}

/// Reads what [`pack_text`] writes, and nothing else: a text has one packed form.
pub fn unpack_text(felts: &[Felt]) -> Result<String, SpecError> {
    let (length, pieces) = felts.split_first().ok_or(SpecError::Length)?;
    let length = usize::try_from(*length).map_err(|_| SpecError::Length)?;
    if length.div_ceil(BYTES) != pieces.len() {
        return Err(SpecError::Length);
    }
    let mut bytes = Vec::with_capacity(pieces.len() * BYTES);
    for (number, piece) in pieces.iter().enumerate() {
        let here = BYTES.min(length - number * BYTES);
        let all = piece.to_bytes_be();
        let (zeros, text) = all.split_at(32 - here);
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(SpecError::Piece);
        }
        bytes.extend_from_slice(text);
    }
    String::from_utf8(bytes).map_err(|_| SpecError::Text)
}

/// Poseidon over the felts, as the contract computes it.
pub fn commitment(felts: &[Felt]) -> Felt {
    poseidon_hash_many(felts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_comes_back(text in ".{0,200}") {
            prop_assert_eq!(unpack_text(&pack_text(&text)), Ok(text));
        }

        #[test]
        fn any_felts_are_answered_and_have_one_form(felts in prop::collection::vec(any::<[u8; 32]>(), 0..6)) {
            let felts: Vec<Felt> = felts.iter().map(Felt::from_bytes_be).collect();
            if let Ok(text) = unpack_text(&felts) {
                prop_assert_eq!(pack_text(&text), felts);
            }
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        assert_eq!(unpack_text(&[]), Err(SpecError::Length));
        assert_eq!(unpack_text(&[Felt::from(u64::MAX)]), Err(SpecError::Length));
        assert_eq!(unpack_text(&[Felt::from(1), Felt::from(256)]), Err(SpecError::Piece));
        assert_eq!(unpack_text(&[Felt::from(1), Felt::from(255)]), Err(SpecError::Text));
        assert_eq!(unpack_text(&[Felt::ZERO]), Ok(String::new()));
    }
}
