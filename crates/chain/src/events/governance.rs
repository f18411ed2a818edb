//! What both contracts tell of their owner's doings.

use super::reader::{DecodeError, Names, Reader, names};
use crate::{node::EmittedEvent, number::Felt};
use std::sync::LazyLock;
use veriframe_core::Address;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GovernanceEvent {
    OwnershipTransferred {
        /// `None` when the contract was made.
        previous: Option<Address>,
        owner: Address,
    },
    RoleChanged {
        /// A short string, such as `scheduler`.
        role: Felt,
        account: Address,
        granted: bool,
    },
    Paused {
        account: Address,
    },
    Unpaused {
        account: Address,
    },
    UpgradeProposed {
        /// `None` when a proposal was taken back.
        class_hash: Option<Felt>,
        /// The first second, since 1970, in which it can be executed; 0 when a proposal was taken back.
        executable_at: u64,
    },
    Upgraded {
        class_hash: Felt,
    },
}

impl GovernanceEvent {
    /// `None` for one that is not in the list above.
    pub(super) fn decode(emitted: &EmittedEvent) -> Result<Option<Self>, DecodeError> {
        let Some(name) = emitted.keys.first().and_then(name_of) else {
            return Ok(None);
        };
        let mut felts = Reader::new(name, emitted);
        let event = match name {
            "OwnershipTransferred" => Self::OwnershipTransferred {
                previous: felts.maybe_address("previous")?,
                owner: felts.address("owner")?,
            },
            "RoleChanged" => Self::RoleChanged {
                role: felts.felt("role")?,
                account: felts.address("account")?,
                granted: felts.flag("granted")?,
            },
            "Paused" => Self::Paused {
                account: felts.address("account")?,
            },
            "Unpaused" => Self::Unpaused {
                account: felts.address("account")?,
            },
            "UpgradeProposed" => Self::UpgradeProposed {
                class_hash: Some(felts.felt("class_hash")?).filter(|class| *class != Felt::ZERO),
                executable_at: felts.number("executable_at")?,
            },
            _ => Self::Upgraded {
                class_hash: felts.felt("class_hash")?,
            },
        };
        felts.end()?;
        Ok(Some(event))
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::OwnershipTransferred { .. } => "OwnershipTransferred",
            Self::RoleChanged { .. } => "RoleChanged",
            Self::Paused { .. } => "Paused",
            Self::Unpaused { .. } => "Unpaused",
            Self::UpgradeProposed { .. } => "UpgradeProposed",
            Self::Upgraded { .. } => "Upgraded",
        }
    }

    /// Who has gained or lost something by it, or did it.
    pub fn account(&self) -> Option<Address> {
        match self {
            Self::OwnershipTransferred { owner: account, .. }
            | Self::RoleChanged { account, .. }
            | Self::Paused { account }
            | Self::Unpaused { account } => Some(*account),
            Self::UpgradeProposed { .. } | Self::Upgraded { .. } => None,
        }
    }
}

fn name_of(selector: &Felt) -> Option<&'static str> {
    static NAMES: LazyLock<Names> = LazyLock::new(|| {
        names(&[
            "OwnershipTransferred",
            "RoleChanged",
            "Paused",
            "Unpaused",
            "UpgradeProposed",
            "Upgraded",
        ])
    });
    NAMES.get(selector).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{market::selector, node::BlockRef};

    fn told(name: &str, keys: &[u64], data: &[u64]) -> Result<Option<GovernanceEvent>, DecodeError> {
        let felts = |values: &[u64]| values.iter().copied().map(Felt::from).collect::<Vec<_>>();
        GovernanceEvent::decode(&EmittedEvent {
            block: BlockRef {
                number: 1,
                hash: Felt::ONE,
            },
            transaction: Felt::ONE,
            transaction_index: 0,
            event_index: 0,
            from: Felt::TWO,
            keys: [vec![selector(name)], felts(keys)].concat(),
            data: felts(data),
        })
    }

    #[test]
    fn what_an_owner_does_is_read() {
        let account = crate::number::address(Felt::from(7)).unwrap();
        assert_eq!(
            told("OwnershipTransferred", &[0, 7], &[]).unwrap(),
            Some(GovernanceEvent::OwnershipTransferred {
                previous: None,
                owner: account
            })
        );
        assert_eq!(
            told("RoleChanged", &[99, 7], &[1]).unwrap(),
            Some(GovernanceEvent::RoleChanged {
                role: Felt::from(99),
                account,
                granted: true
            })
        );
        assert_eq!(
            told("UpgradeProposed", &[0], &[0]).unwrap(),
            Some(GovernanceEvent::UpgradeProposed {
                class_hash: None,
                executable_at: 0
            })
        );
        assert_eq!(
            told("Upgraded", &[5], &[]).unwrap(),
            Some(GovernanceEvent::Upgraded {
                class_hash: Felt::from(5)
            })
        );
        let paused = told("Paused", &[7], &[]).unwrap().unwrap();
        assert_eq!((paused.name(), paused.account()), ("Paused", Some(account)));
    }

    #[test]
    fn another_layout_is_refused() {
        for (name, keys, data) in [
            ("RoleChanged", [99, 7].as_slice(), [2].as_slice()),
            ("RoleChanged", &[99, 7], &[]),
            ("Unpaused", &[7], &[7]),
        ] {
            assert_eq!(told(name, keys, data).unwrap_err().event, name);
        }
        assert_eq!(told("Renamed", &[1], &[]).unwrap(), None);
    }
}
