//! Whether a worker can take a job, and the reason when it cannot.

use crate::{Amount, BlenderInfo, Ineligible, Requirements, device::DeviceKind, reputation::REPUTATION_LEAST};
use std::{collections::BTreeSet, fmt};

/// What a job asks of whoever renders it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wants {
    pub requirements: Requirements,
    /// One of these must be there; any device will do when none is named.
    pub devices: BTreeSet<DeviceKind>,
    /// The least reputation that its creator accepts.
    pub reputation: Option<u32>,
    /// For each frame; `None` where nobody pays, and nobody asks for anything.
    pub price: Option<Amount>,
    /// What the price is in, for the text.
    pub unit: &'static str,
}

/// What a worker has and asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub blenders: Vec<BlenderInfo>,
    /// Bytes; `None` when unknown.
    pub memory: Option<u64>,
    pub devices: BTreeSet<DeviceKind>,
    pub reputation: u32,
    /// The least it accepts for a frame.
    pub price_floor: Amount,
}

/// The texts are shown to people: “The job …” or “Not for you: …” stands before them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    #[error("this worker's reputation of {has} is too low for other people's jobs, which take {needs}")]
    Distrusted { needs: u32, has: u32 },
    #[error("asks for a reputation of {needs}, you have {has}")]
    Reputation { needs: u32, has: u32 },
    #[error("pays {} {unit} a frame, {} below your floor: you ask for {}", .pays.to_credits(), Percent::below(*.pays, *.asks), .asks.to_credits())]
    Price {
        pays: Amount,
        asks: Amount,
        unit: &'static str,
    },
    #[error("needs {}, you have {}", devices(.needs), devices(.has))]
    Device {
        needs: BTreeSet<DeviceKind>,
        has: BTreeSet<DeviceKind>,
    },
    #[error(transparent)]
    Blender(#[from] Ineligible),
    /// Written by a newer or a broken program.
    #[error("has requirements that cannot be read")]
    Unreadable,
}

impl Wants {
    /// `own`: the worker created the job itself. It then needs no record and asks for no price.
    pub fn check(&self, offer: &Offer, own: bool) -> Result<(), WhyNot> {
        if !own {
            self.check_terms(offer)?;
        }
        self.check_means(offer)
    }

    /// What does not depend on who created the job, and is the same for all jobs with these requirements.
    pub fn check_means(&self, offer: &Offer) -> Result<(), WhyNot> {
        if !self.devices.is_empty() && self.devices.is_disjoint(&offer.devices) {
            return Err(WhyNot::Device {
                needs: self.devices.clone(),
                has: offer.devices.clone(),
            });
        }
        self.requirements.choose(&offer.blenders, offer.memory)?;
        Ok(())
    }

    /// Reputation and price, which nobody asks of themselves.
    pub fn check_terms(&self, offer: &Offer) -> Result<(), WhyNot> {
        let has = offer.reputation;
        if has < REPUTATION_LEAST {
            return Err(WhyNot::Distrusted {
                needs: REPUTATION_LEAST,
                has,
            });
        }
        if let Some(needs) = self.reputation.filter(|&needs| has < needs) {
            return Err(WhyNot::Reputation { needs, has });
        }
        if let Some(pays) = self.price.filter(|&pays| pays < offer.price_floor) {
            return Err(WhyNot::Price {
                pays,
                asks: offer.price_floor,
                unit: self.unit,
            });
        }
        Ok(())
    }
}

/// A share, as people read it: never 0 %, and never 100 % of something that is not nothing.
struct Percent(u128);

impl Percent {
    fn below(pays: Amount, asks: Amount) -> Self {
        let missing = asks.checked_sub(pays).unwrap_or_default().units();
        // Amounts above 2^121 units are divided first: nobody reads the digits that this loses.
        let percent = match missing.checked_mul(100) {
            Some(product) => product.checked_div(asks.units()),
            None => missing.checked_div(asks.units() / 100),
        };
        let most = if pays == Amount::ZERO { 100 } else { 99 };
        Self(percent.unwrap_or(0).clamp(1, most))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

fn devices(kinds: &BTreeSet<DeviceKind>) -> String {
    if kinds.is_empty() {
        return "no device".to_owned();
    }
    let names: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    names.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;

    fn wants() -> Wants {
        Wants {
            requirements: Requirements {
                engine: Engine::Cycles,
                saved_by: "4.2.0".parse().unwrap(),
                denoiser: None,
                memory_bytes: 0,
            },
            devices: BTreeSet::new(),
            reputation: None,
            price: Some(Amount::credits(92)),
            unit: "credits",
        }
    }

    fn offer() -> Offer {
        Offer {
            blenders: vec![BlenderInfo {
                version: "4.2.3".parse().unwrap(),
                engines: [Engine::Cycles].into(),
                denoisers: BTreeSet::new(),
                sandboxed: true,
            }],
            memory: None,
            devices: [DeviceKind::Cpu].into(),
            reputation: 500,
            price_floor: Amount::ZERO,
        }
    }

    fn why(wants: &Wants, offer: &Offer) -> String {
        wants.check(offer, false).unwrap_err().to_string()
    }

    #[test]
    fn a_worker_that_has_it_all_fits() {
        assert_eq!(wants().check(&offer(), false), Ok(()));
    }

    #[test]
    fn reasons_say_the_numbers() {
        let dear = Offer {
            price_floor: Amount::credits(100),
            ..offer()
        };
        assert_eq!(
            why(&wants(), &dear),
            "pays 92.00 credits a frame, 8 % below your floor: you ask for 100.00"
        );
        let gpu = Wants {
            devices: [DeviceKind::Cuda, DeviceKind::Optix].into(),
            ..wants()
        };
        assert_eq!(why(&gpu, &offer()), "needs CUDA or OptiX, you have CPU");
        let known = Wants {
            reputation: Some(700),
            ..wants()
        };
        assert_eq!(why(&known, &offer()), "asks for a reputation of 700, you have 500");
        let old = Offer {
            blenders: vec![BlenderInfo {
                version: "3.4.1".parse().unwrap(),
                ..offer().blenders.remove(0)
            }],
            ..offer()
        };
        assert_eq!(why(&wants(), &old), "needs Blender 4.2 or newer, you have 3.4.1");
        let asks = Offer {
            price_floor: Amount::credits(1000),
            ..offer()
        };
        assert!(why(&wants(), &asks).starts_with("pays 92.00 credits"));
        let unpaid = Wants { price: None, ..wants() };
        assert_eq!(unpaid.check(&asks, false), Ok(()));
        let fallen = Offer {
            reputation: 40,
            ..offer()
        };
        assert!(why(&wants(), &fallen).contains("reputation of 40 is too low"));
    }

    #[test]
    fn its_own_job_needs_no_terms_but_a_blender() {
        let poor = Offer {
            reputation: 0,
            price_floor: Amount::credits(1000),
            ..offer()
        };
        assert_eq!(wants().check(&poor, true), Ok(()));
        let bare = Offer {
            blenders: vec![],
            ..offer()
        };
        assert_eq!(wants().check(&bare, true), Err(WhyNot::Blender(Ineligible::NoBlender)));
    }

    #[test]
    fn a_share_is_never_rounded_to_nothing_or_to_all() {
        let below = |pays, asks| Percent::below(Amount::from_units(pays), Amount::from_units(asks)).to_string();
        assert_eq!(below(999, 1000), "1 %");
        assert_eq!(below(1, 1000), "99 %");
        assert_eq!(below(0, 1000), "100 %");
        assert_eq!(below(u128::MAX / 2, u128::MAX), "50 %");
    }
}
