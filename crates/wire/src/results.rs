//! What a job's result is: which frames, by whom, and who is paid how much. The file that a result on the chain names
//! by its CID.
//!
//! A leaf of the settlement on the chain is `(worker, amount, digest)`, with the digest of [`digest_of`].
//! So whoever has the file can compute the settlement's root from it, and see that the chain pays for these frames.

use crate::{AddressText, AmountText};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, fmt};
use utoipa::ToSchema;
use veriframe_core::{Address, Amount};

const SCHEMA: u32 = 1;
/// Bytes of a hash that surely fit a number of the chain.
const DIGEST_BYTES: usize = 31;
/// Longer manifests than this are not read: a quarter of a million frames fit.
pub const MAX_RESULTS_BYTES: usize = 64 << 20;

#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    #[error("the list of results is longer than any can be")]
    TooLong,
    #[error("the list of results cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("the list of results has schema {0}, and {SCHEMA} is known")]
    Schema(u32),
    #[error("the list of results names frame {0} twice, or out of order")]
    FrameOrder(i32),
    #[error("the list of results names {0} twice, or out of order")]
    WorkerOrder(Address),
    #[error("the list of results pays {0} for frames other than those it lists")]
    Digest(Address),
}

/// Kept in the content store as one file of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResultsManifest {
    pub schema: u32,
    /// The job's number in the market contract.
    pub job: u64,
    /// By their numbers.
    pub frames: Vec<ResultFrame>,
    /// By the workers' addresses, one each.
    pub payments: Vec<ResultPayment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResultFrame {
    pub frame: i32,
    /// The image file.
    pub result_cid: String,
    pub worker: AddressText,
    /// As in [`crate::job::FrameResult`].
    pub pixel_digest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResultPayment {
    pub worker: AddressText,
    pub amount: AmountText,
    /// See [`digest_of`].
    pub digest: ResultsDigest,
}

/// Of one worker's results, as a number of the chain: 31 bytes, big end first. Written as `0x` and 64 digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ToSchema)]
#[schema(value_type = String, pattern = "^0x00[0-9a-f]{62}$")]
pub struct ResultsDigest(pub [u8; DIGEST_BYTES]);

impl ResultsManifest {
    /// Puts frames and payments in their order, and computes the digests.
    ///
    /// # Errors
    /// When a frame or a worker is there twice.
    pub fn new(
        job: u64,
        mut frames: Vec<ResultFrame>,
        amounts: impl IntoIterator<Item = (Address, Amount)>,
    ) -> Result<Self, ResultsError> {
        frames.sort_by_key(|frame| frame.frame);
        let mut payments: Vec<ResultPayment> = amounts
            .into_iter()
            .map(|(worker, amount)| ResultPayment {
                worker: AddressText(worker),
                amount: AmountText(amount),
                digest: digest_of(&frames, worker),
            })
            .collect();
        payments.sort_by_key(|payment| payment.worker.0);
        let manifest = Self {
            schema: SCHEMA,
            job,
            frames,
            payments,
        };
        manifest.check()?;
        Ok(manifest)
    }

    /// The bytes to keep. The same manifest has the same bytes.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a manifest of texts and numbers is written as JSON")
    }

    /// Reads what a stranger may have written: what comes back is in order, and each digest fits its frames. Whether the
    /// frames are those of the job, and the amounts what was agreed, is for the caller to say.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(json: &[u8]) -> Result<Self, ResultsError> {
        if json.len() > MAX_RESULTS_BYTES {
            return Err(ResultsError::TooLong);
        }
        let manifest: Self = serde_json::from_slice(json)?;
        if manifest.schema != SCHEMA {
            return Err(ResultsError::Schema(manifest.schema));
        }
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), ResultsError> {
        if let Some(pair) = self.frames.windows(2).find(|pair| pair[0].frame >= pair[1].frame) {
            return Err(ResultsError::FrameOrder(pair[1].frame));
        }
        let in_order = |pair: &&[ResultPayment]| pair[0].worker.0 >= pair[1].worker.0;
        if let Some(pair) = self.payments.windows(2).find(in_order) {
            return Err(ResultsError::WorkerOrder(pair[1].worker.0));
        }
        let mut frames: BTreeMap<Address, Vec<&ResultFrame>> = BTreeMap::new();
        for frame in &self.frames {
            frames.entry(frame.worker.0).or_default().push(frame);
        }
        for payment in &self.payments {
            let worker = payment.worker.0;
            if digest(frames.get(&worker).map(Vec::as_slice).unwrap_or_default()) != payment.digest {
                return Err(ResultsError::Digest(worker));
            }
        }
        Ok(())
    }
}

/// SHA-256 over the worker's frames, as [`ResultsManifest::to_json`] writes them: a compact JSON list in the order of the
/// frames, the fields in the order of [`ResultFrame`]. Its first 31 bytes.
fn digest_of(frames: &[ResultFrame], worker: Address) -> ResultsDigest {
    digest(
        &frames
            .iter()
            .filter(|frame| frame.worker.0 == worker)
            .collect::<Vec<_>>(),
    )
}

fn digest(frames: &[&ResultFrame]) -> ResultsDigest {
    let json = serde_json::to_vec(frames).expect("frames of texts and numbers are written as JSON");
    let mut bytes = [0; DIGEST_BYTES];
    bytes.copy_from_slice(&Sha256::digest(json)[..DIGEST_BYTES]);
    ResultsDigest(bytes)
}

impl fmt::Display for ResultsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x00")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ResultsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ResultsDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResultsDigest {
    /// Its one form, and no other.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom("a digest is 0x00 and 62 lower-case hexadecimal digits");
        let digits = text.strip_prefix("0x00").ok_or_else(wrong)?.as_bytes();
        if digits.len() != 2 * DIGEST_BYTES {
            return Err(wrong());
        }
        let mut bytes = [0; DIGEST_BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                let value = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return Err(wrong()),
                };
                *byte = *byte << 4 | value;
            }
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn worker(number: u8) -> Address {
        let mut bytes = [0; 32];
        bytes[31] = number;
        Address::from_bytes(bytes).unwrap()
    }

    fn frame(number: i32, by: u8) -> ResultFrame {
        ResultFrame {
            frame: number,
            result_cid: "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e".to_owned(),
            worker: AddressText(worker(by)),
            pixel_digest: "ab".repeat(32),
        }
    }

    fn manifest() -> ResultsManifest {
        let frames = vec![frame(3, 1), frame(-1, 2), frame(2, 1)];
        ResultsManifest::new(
            7,
            frames,
            [(worker(2), Amount::credits(1)), (worker(1), Amount::credits(2))],
        )
        .unwrap()
    }

    #[test]
    fn frames_and_payments_are_put_in_order() {
        let manifest = manifest();
        let frames: Vec<i32> = manifest.frames.iter().map(|frame| frame.frame).collect();
        assert_eq!(frames, [-1, 2, 3]);
        assert_eq!(manifest.payments[0].worker.0, worker(1));
        assert_eq!(manifest.payments[0].digest, digest_of(&manifest.frames, worker(1)));
        assert_ne!(
            digest_of(&manifest.frames, worker(1)),
            digest_of(&manifest.frames, worker(2))
        );
        assert_eq!(ResultsManifest::parse(&manifest.to_json()).unwrap(), manifest);
    }

    /// The digests were computed by coreutils, too: `printf "%s" LIST | sha256sum`.
    #[test]
    fn the_form_and_the_digest_are_these() {
        insta::assert_snapshot!(String::from_utf8(manifest().to_json()).unwrap());
    }

    #[test]
    fn nothing_is_there_twice() {
        let twice = vec![frame(1, 1), frame(1, 2)];
        assert!(matches!(
            ResultsManifest::new(7, twice, []),
            Err(ResultsError::FrameOrder(1))
        ));
        let paid_twice = [(worker(1), Amount::ZERO), (worker(1), Amount::ZERO)];
        let found = ResultsManifest::new(7, vec![frame(1, 1)], paid_twice);
        assert!(matches!(found, Err(ResultsError::WorkerOrder(_))));
    }

    #[test]
    fn what_does_not_fit_itself_is_refused() {
        let json = String::from_utf8(manifest().to_json()).unwrap();
        let refused = |from: &str, to: &str| {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json, "{from} is in it");
            ResultsManifest::parse(changed.as_bytes()).unwrap_err()
        };
        assert!(matches!(refused("\"frame\":3", "\"frame\":4"), ResultsError::Digest(_)));
        assert!(matches!(
            refused("\"frame\":3", "\"frame\":2"),
            ResultsError::FrameOrder(2)
        ));
        assert!(matches!(
            refused("\"schema\":1", "\"schema\":2"),
            ResultsError::Schema(2)
        ));
        assert!(matches!(
            refused("\"digest\":\"0x00", "\"digest\":\"0x01"),
            ResultsError::Malformed(_)
        ));
        assert!(matches!(
            refused("\"job\":7", "\"job\":7,\"more\":0"),
            ResultsError::Malformed(_)
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = ResultsManifest::parse(&bytes);
        }
    }
}
