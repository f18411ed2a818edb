//! Who gets how much of a job, as a Merkle tree: one number on the chain, however many workers.
//!
//! A leaf is Poseidon over `(worker, amount, digest)`, a node Poseidon over its children, the smaller first, and one
//! without a sibling goes up as it is. So a proof needs no directions. (`contracts/src/merkle.cairo`)

use super::{commitment, pack_text};
use crate::number::{Felt, of_address};
use veriframe_core::{Address, Amount};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    pub worker: Address,
    pub amount: Amount,
    /// Of the worker's results.
    pub digest: Felt,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettlementError {
    #[error("a settlement has at least one payment")]
    Empty,
    #[error("{0} is in the settlement twice")]
    Twice(Address),
    #[error("the payments are more than there can be")]
    TooMuch,
}

/// Payments of one job, in the order of the workers' addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    payments: Vec<Payment>,
    /// Leaves first, the root alone last.
    layers: Vec<Vec<Felt>>,
    total: Amount,
}

impl Settlement {
    pub fn new(mut payments: Vec<Payment>) -> Result<Self, SettlementError> {
        payments.sort_by_key(|payment| payment.worker);
        if let Some(pair) = payments.windows(2).find(|pair| pair[0].worker == pair[1].worker) {
            return Err(SettlementError::Twice(pair[0].worker));
        }
        let total = payments
            .iter()
            .try_fold(Amount::ZERO, |sum, payment| sum.checked_add(payment.amount))
            .ok_or(SettlementError::TooMuch)?;
        let mut layer: Vec<Felt> = payments.iter().map(leaf).collect();
        if layer.is_empty() {
            return Err(SettlementError::Empty);
        }
        let mut layers = Vec::new();
        while layer.len() > 1 {
            let above = layer.chunks(2).map(parent).collect();
            layers.push(std::mem::replace(&mut layer, above));
        }
        layers.push(layer);
        Ok(Self {
            payments,
            layers,
            total,
        })
    }

    pub fn root(&self) -> Felt {
        self.layers[self.layers.len() - 1][0]
    }

    pub fn total(&self) -> Amount {
        self.total
    }

    pub fn payments(&self) -> &[Payment] {
        &self.payments
    }

    /// What shows that a payment is part of the settlement; `None` for a worker that is not.
    pub fn proof(&self, worker: &Address) -> Option<(Payment, Vec<Felt>)> {
        let mut at = self.payments.iter().position(|payment| payment.worker == *worker)?;
        let payment = self.payments[at];
        let mut proof = Vec::new();
        for layer in &self.layers {
            proof.extend(layer.get(at ^ 1));
            at /= 2;
        }
        Some((payment, proof))
    }
}

fn leaf(payment: &Payment) -> Felt {
    commitment(&[
        of_address(&payment.worker),
        Felt::from(payment.amount.units()),
        payment.digest,
    ])
}

fn parent(children: &[Felt]) -> Felt {
    match children {
        [left, right] => commitment(&[*left.min(right), *left.max(right)]),
        alone => alone[0],
    }
}

/// What is committed to before it is shown. It binds who commits: a copy of it is worth nothing to another.
pub fn root_commitment(job: u64, settlement: &Settlement, results_cid: &str, salt: Felt, aggregator: &Address) -> Felt {
    commitment(&[
        Felt::from(job),
        settlement.root(),
        Felt::from(settlement.total().units()),
        commitment(&pack_text(results_cid)),
        salt,
        of_address(aggregator),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(number: u8) -> Payment {
        let mut bytes = [0; 32];
        bytes[31] = number;
        Payment {
            worker: Address::from_bytes(bytes).unwrap(),
            amount: Amount::from_units(u128::from(number) * 10),
            digest: Felt::from(number),
        }
    }

    fn folded(payment: &Payment, proof: &[Felt]) -> Felt {
        proof
            .iter()
            .fold(leaf(payment), |node, sibling| parent(&[node, *sibling]))
    }

    #[test]
    fn each_proof_leads_to_the_root() {
        for count in 1..20 {
            let settlement = Settlement::new((1..=count).map(payment).collect()).unwrap();
            for number in 1..=count {
                let (found, proof) = settlement.proof(&payment(number).worker).unwrap();
                assert_eq!(folded(&found, &proof), settlement.root(), "{number} of {count}");
                let mut more = found;
                more.amount = Amount::from_units(u128::from(number) * 10 + 1);
                assert_ne!(folded(&more, &proof), settlement.root());
            }
            assert_eq!(settlement.proof(&payment(99).worker), None);
        }
    }

    #[test]
    fn what_cannot_be_settled() {
        assert_eq!(Settlement::new(Vec::new()), Err(SettlementError::Empty));
        let twice = vec![payment(1), payment(2), payment(1)];
        assert_eq!(Settlement::new(twice), Err(SettlementError::Twice(payment(1).worker)));
        let much = |number| Payment {
            amount: Amount::from_units(u128::MAX),
            ..payment(number)
        };
        assert_eq!(Settlement::new(vec![much(1), much(2)]), Err(SettlementError::TooMuch));
    }
}
