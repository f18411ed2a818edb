//! What a ledger entry was for, in a sentence.

use veriframe_core::Address;
use veriframe_wire::account::{Entry, EntryKind};

pub(crate) fn entry_text(entry: &Entry) -> String {
    let job = entry
        .job_name
        .as_deref()
        .filter(|name| !name.is_empty())
        .or(entry.job.as_deref())
        .unwrap_or("a job");
    match (entry.kind, entry.incoming) {
        (EntryKind::Faucet, _) => "Credits to start with".to_owned(),
        (EntryKind::Escrow, _) => format!("Escrow for {job}"),
        (EntryKind::Refund, _) => format!("Not used by {job}"),
        (EntryKind::Payout, _) => match entry.frame {
            Some(frame) => format!("Frame {frame} of {job}"),
            None => format!("Rendering for {job}"),
        },
        (EntryKind::Settled, true) => format!("Given back after a dispute over {job}"),
        (EntryKind::Settled, false) if entry.counterparty.is_some() => format!("Lost in a dispute over {job}"),
        (EntryKind::Settled, false) => format!("Paid out for {job}"),
        (EntryKind::Transfer, incoming) => {
            let way = if incoming { "From" } else { "To" };
            match &entry.counterparty {
                Some(other) => format!("{way} {}", short(other.0)),
                None => format!("{way} another account"),
            }
        }
    }
}

/// `0x04a1…93e7`.
pub fn short(address: Address) -> String {
    let text = address.to_string();
    format!("{}…{}", &text[..6], &text[text.len() - 4..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use veriframe_core::{Amount, Timestamp};
    use veriframe_wire::{AddressText, AmountText, Time};

    fn entry(kind: EntryKind) -> Entry {
        Entry {
            seq: 1,
            at: Time(Timestamp(0)),
            kind,
            incoming: true,
            amount: AmountText(Amount::credits(1)),
            balance: AmountText(Amount::credits(1)),
            job: Some("j1".into()),
            job_name: Some("Bowling".into()),
            frame: Some(3),
            counterparty: Some(AddressText("0x4a1".parse().unwrap())),
        }
    }

    #[test]
    fn every_entry_says_what_it_was_for() {
        assert_eq!(entry_text(&entry(EntryKind::Payout)), "Frame 3 of Bowling");
        assert_eq!(entry_text(&entry(EntryKind::Refund)), "Not used by Bowling");
        assert_eq!(entry_text(&entry(EntryKind::Transfer)), "From 0x0000…04a1");
        let nameless = Entry {
            job_name: Some(String::new()),
            ..entry(EntryKind::Escrow)
        };
        assert_eq!(entry_text(&nameless), "Escrow for j1");
    }
}
