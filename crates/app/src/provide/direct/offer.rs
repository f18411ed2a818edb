//! What a creator published with a payment. These are a stranger's words: nothing of them is used before it was looked at.

use serde::{Deserialize, Serialize};
use veriframe_chain::{
    Felt,
    events::MarketEvent,
    market::{SpecError, commitment, pack_text, unpack_text},
};
use veriframe_core::{Address, Amount, BlenderVersion, FrameSet, Timestamp, frames::FrameSetError, pieces::NoPieces};
use veriframe_wire::{
    AddressText, AmountText, Time,
    job::PostJobRequest,
    job::TaskKind,
    lease::{Lease, LeasedTask},
};

const NAME_CHARS: usize = 200;
const PERCENT_AT_MOST: u16 = 1000;
/// Blender's own limit of Cycles' samples.
const SAMPLES_AT_MOST: u32 = 1 << 24;
/// Blender's own limit of a picture's sides, in pixels.
const SIDE_AT_MOST: u32 = 65_536;

/// A job that workers may take by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// Its number in the market contract.
    pub job: u64,
    pub creator: Address,
    pub budget: Amount,
    /// Seconds since 1970.
    pub deadline: u64,
    pub request: PostJobRequest,
    pub frames: FrameSet,
}

/// Why a posted job is none for us.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoOffer {
    #[error("workers may not take it by themselves")]
    SelfAssign,
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error("its specification cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error(transparent)]
    Frames(#[from] FrameSetError),
    #[error(transparent)]
    Pieces(#[from] NoPieces),
    #[error("{0}")]
    Wrong(&'static str),
}

/// As it is kept.
#[derive(Serialize, Deserialize)]
struct Stored {
    creator: AddressText,
    budget: AmountText,
    deadline: u64,
    /// The text as it was published: the commitment on the chain binds it.
    spec: String,
}

impl Offer {
    /// `None` for an event of another kind.
    pub(crate) fn of_event(event: &MarketEvent) -> Option<Result<Self, NoOffer>> {
        let MarketEvent::JobCreated {
            job,
            creator,
            budget,
            deadline,
            self_assign,
            spec,
            ..
        } = event
        else {
            return None;
        };
        if !self_assign {
            return Some(Err(NoOffer::SelfAssign));
        }
        let text = unpack_text(spec).map_err(NoOffer::from);
        Some(text.and_then(|text| Self::new(*job, *creator, *budget, *deadline, &text)))
    }

    fn new(job: u64, creator: Address, budget: Amount, deadline: u64, spec: &str) -> Result<Self, NoOffer> {
        let request: PostJobRequest = serde_json::from_str(spec)?;
        // Other words for the same would have another commitment than the chain has.
        if request.specification() != spec {
            return Err(NoOffer::Wrong("its specification is written in another way"));
        }
        let frames = check(&request, budget)?;
        Ok(Self {
            job,
            creator,
            budget,
            deadline,
            request,
            frames,
        })
    }

    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Stored {
            creator: AddressText(self.creator),
            budget: AmountText(self.budget),
            deadline: self.deadline,
            spec: self.request.specification(),
        })
    }

    pub(crate) fn from_json(job: u64, json: &str) -> Result<Self, NoOffer> {
        let stored: Stored = serde_json::from_str(json)?;
        Self::new(job, stored.creator.0, stored.budget.0, stored.deadline, &stored.spec)
    }

    /// What the chain has of the specification.
    pub fn commitment(&self) -> Felt {
        commitment(&pack_text(&self.request.specification()))
    }

    /// The work, as all slots take it. `key` is the job's name on this computer.
    pub fn lease(&self, key: &str) -> Lease {
        let request = &self.request;
        Lease {
            id: key.to_owned(),
            job: key.to_owned(),
            job_name: request.name.clone(),
            fence: 0,
            expires_at: Time(Timestamp(
                i64::try_from(self.deadline).unwrap_or(i64::MAX).saturating_mul(1000),
            )),
            tasks: self.frames.iter().map(|frame| task(key, frame)).collect(),
            asset_cid: request.asset_cid.clone(),
            asset_key: None,
            render: request.render.clone(),
            summary: request.summary.clone(),
            requirements: request.requirements.clone(),
            price_per_frame: request.price_per_frame,
            creator: AddressText(self.creator),
        }
    }
}

fn task(key: &str, frame: i32) -> LeasedTask {
    LeasedTask {
        id: format!("{key}-{frame}"),
        frame,
        kind: TaskKind::Frame,
    }
}

/// What a coordinator asks of a posted job, and that everybody can read its scene.
fn check(request: &PostJobRequest, budget: Amount) -> Result<FrameSet, NoOffer> {
    let sure = |is_so: bool, else_why: &'static str| if is_so { Ok(()) } else { Err(NoOffer::Wrong(else_why)) };
    let is_name = |text: &str| text.chars().count() <= NAME_CHARS && !text.contains(char::is_control);
    sure(
        !request.name.trim().is_empty() && is_name(&request.name),
        "it has no proper name",
    )?;
    let cid = &request.asset_cid;
    sure(
        !cid.is_empty() && cid.len() <= 128 && cid.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "it names no scene",
    )?;
    let render = &request.render;
    sure(render.entry_is_inside(), "its entry is not a path inside the scene")?;
    sure(
        render.scene.as_deref().is_none_or(is_name),
        "its scene has no proper name",
    )?;
    sure(
        render
            .percent
            .is_none_or(|percent| (1..=PERCENT_AT_MOST).contains(&percent)),
        "its resolution is out of range",
    )?;
    sure(
        render
            .samples
            .is_none_or(|samples| (1..=SAMPLES_AT_MOST).contains(&samples)),
        "its samples are out of range",
    )?;
    let side = 1..=SIDE_AT_MOST;
    let summary = &request.summary;
    sure(
        side.contains(&summary.width) && side.contains(&summary.height),
        "its frames have no size",
    )?;
    let needs = &request.requirements;
    sure(
        !needs.engine.is_empty() && is_name(&needs.engine),
        "it names no render engine",
    )?;
    sure(
        needs.saved_by.parse::<BlenderVersion>().is_ok(),
        "it names no version of Blender",
    )?;
    sure(
        needs.denoiser.as_deref().is_none_or(is_name),
        "its denoiser has no proper name",
    )?;
    let frames: FrameSet = request.frames.parse()?;
    request.check_pieces(&frames)?;
    let price = request.price_per_frame.0;
    let covered = price.checked_mul(frames.len() as u64).is_some_and(|all| all <= budget);
    sure(price > Amount::ZERO && covered, "its budget does not cover its frames")?;
    Ok(frames)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use veriframe_wire::job::{
        Denoise, JobRequirements, OutputFormat, RenderSpec, SceneSummary, VerificationPolicy, f32_text::F32Text,
    };
    use veriframe_wire::pieces::{Cut, Pieces};

    pub fn request() -> PostJobRequest {
        PostJobRequest {
            name: "Spin".to_owned(),
            asset_cid: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi".to_owned(),
            asset_key: None,
            frames: "1-5".to_owned(),
            render: RenderSpec {
                entry: "spin.blend".to_owned(),
                scene: None,
                percent: None,
                samples: Some(4),
                format: OutputFormat::Png,
                denoise: Denoise::AsInFile,
                pieces: None,
            },
            summary: SceneSummary {
                width: 64,
                height: 36,
                fps: F32Text(24.0),
                samples: 4,
                bytes: 900_000,
                files: 1,
            },
            requirements: JobRequirements {
                engine: "cycles".to_owned(),
                saved_by: "3.4.1".to_owned(),
                denoiser: None,
                memory_bytes: 0,
                devices: vec![],
                min_reputation: None,
            },
            price_per_frame: AmountText(Amount::credits(1)),
            cap: AmountText(Amount::credits(5)),
            deadline: None,
            verification: VerificationPolicy::None,
            priority: veriframe_wire::job::Priority::Normal,
            anew: false,
            escrow: None,
        }
    }

    pub fn creator() -> Address {
        "0x4a1".parse().unwrap()
    }

    pub fn offer(change: impl FnOnce(&mut PostJobRequest)) -> Result<Offer, NoOffer> {
        let mut request = request();
        change(&mut request);
        Offer::new(7, creator(), Amount::credits(5), 1000, &request.specification())
    }

    #[test]
    fn an_offer_is_kept_as_it_was_published() {
        let offer = offer(|_| ()).unwrap();
        assert_eq!(Offer::from_json(7, &offer.to_json().unwrap()).unwrap(), offer);
        let spec = pack_text(&request().specification());
        assert_eq!(offer.commitment(), commitment(&spec));
        let lease = offer.lease("direct-7");
        assert_eq!(lease.tasks.len(), 5);
        assert_eq!(lease.tasks[4].id, "direct-7-5");
    }

    #[test]
    fn what_a_coordinator_would_refuse_is_refused() {
        let refused = |change: fn(&mut PostJobRequest)| offer(change).unwrap_err().to_string();
        assert!(refused(|r| r.render.entry = "../x.blend".into()).contains("inside"));
        assert!(refused(|r| r.asset_cid = "../../etc".into()).contains("scene"));
        assert!(refused(|r| r.name = "a\nb".into()).contains("name"));
        assert!(refused(|r| r.render.percent = Some(1001)).contains("resolution"));
        assert!(refused(|r| r.render.samples = Some(0)).contains("samples"));
        assert!(refused(|r| r.frames = "1-6".into()).contains("budget"));
        assert!(refused(|r| r.frames = "1-100001".into()).contains("more than 100000 frames"));
        assert!(refused(|r| r.price_per_frame.0 = Amount::ZERO).contains("budget"));
        assert!(refused(|r| r.price_per_frame.0 = Amount::from_units(u128::MAX)).contains("budget"));
        assert!(refused(|r| r.requirements.saved_by = "new".into()).contains("version"));
        assert!(refused(|r| r.summary.width = 0).contains("size"));
        assert!(refused(|r| r.render.pieces = Some(tiles(2, 2))).contains("numbers of the pieces"));
    }

    fn tiles(columns: u32, rows: u32) -> Pieces {
        Pieces {
            frame: 12,
            cut: Cut::Tiles { columns, rows },
        }
    }

    #[test]
    fn a_still_is_offered_in_pieces() {
        let still = |request: &mut PostJobRequest| {
            request.frames = "1-4".into();
            request.render.denoise = Denoise::Off;
            request.render.pieces = Some(tiles(2, 2));
        };
        let offer = offer(still).unwrap();
        assert_eq!(Offer::from_json(7, &offer.to_json().unwrap()).unwrap(), offer);
        assert_eq!(offer.lease("direct-7").tasks.len(), 4);
        let wide = |request: &mut PostJobRequest| {
            still(request);
            request.render.pieces = Some(tiles(64, 2));
        };
        assert!(matches!(
            super::tests::offer(wide),
            Err(NoOffer::Pieces(NoPieces::Number))
        ));
    }

    #[test]
    fn only_what_creators_give_to_workers_is_an_offer() {
        let event = |self_assign| MarketEvent::JobCreated {
            job: 7,
            creator: creator(),
            spec_commitment: Felt::ONE,
            budget: Amount::credits(5),
            deadline: 1000,
            challenge_window: 60,
            self_assign,
            spec: pack_text(&request().specification()),
        };
        assert!(Offer::of_event(&event(true)).unwrap().is_ok());
        assert!(matches!(Offer::of_event(&event(false)), Some(Err(NoOffer::SelfAssign))));
        let other = MarketEvent::JobCancelled {
            job: 7,
            refund: Amount::ZERO,
        };
        assert!(Offer::of_event(&other).is_none());
    }

    proptest! {
        #[test]
        fn any_specification_is_answered(text in ".{0,400}") {
            let _ = Offer::new(7, creator(), Amount::credits(5), 1000, &text);
        }
    }
}
