//! Felts of an event, one after the other.

use crate::{
    market::selector,
    node::EmittedEvent,
    number::{self, Felt},
};
use std::collections::HashMap;
use veriframe_core::{Address, Amount};

/// Events by selector, which is the Keccak hash of the name.
pub(super) type Names = HashMap<Felt, &'static str>;

pub(super) fn names(names: &[&'static str]) -> Names {
    names.iter().map(|name| (selector(name), *name)).collect()
}

/// A known event that does not look as its contract writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{event} is not laid out as it should be, at {field}")]
pub struct DecodeError {
    pub event: &'static str,
    pub field: &'static str,
}

/// Keys behind the selector, then data: the order of the fields.
pub(super) struct Reader<'a> {
    event: &'static str,
    felts: Box<dyn Iterator<Item = &'a Felt> + 'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(event: &'static str, emitted: &'a EmittedEvent) -> Self {
        Self {
            event,
            felts: Box::new(emitted.keys.iter().skip(1).chain(&emitted.data)),
        }
    }

    fn wrong(&self, field: &'static str) -> DecodeError {
        DecodeError {
            event: self.event,
            field,
        }
    }

    pub(super) fn felt(&mut self, field: &'static str) -> Result<Felt, DecodeError> {
        self.felts.next().copied().ok_or_else(|| self.wrong(field))
    }

    fn read<T>(&mut self, field: &'static str, take: impl FnOnce(Felt) -> Option<T>) -> Result<T, DecodeError> {
        let felt = self.felt(field)?;
        take(felt).ok_or_else(|| self.wrong(field))
    }

    pub(super) fn number<T: TryFrom<u128>>(&mut self, field: &'static str) -> Result<T, DecodeError> {
        self.read(field, number::integer)
    }

    pub(super) fn amount(&mut self, field: &'static str) -> Result<Amount, DecodeError> {
        self.number::<u128>(field).map(Amount::from_units)
    }

    pub(super) fn address(&mut self, field: &'static str) -> Result<Address, DecodeError> {
        self.read(field, number::address)
    }

    /// `None` where the contract has zero.
    pub(super) fn maybe_address(&mut self, field: &'static str) -> Result<Option<Address>, DecodeError> {
        self.read(field, |felt| {
            if felt == Felt::ZERO {
                Some(None)
            } else {
                number::address(felt).map(Some)
            }
        })
    }

    pub(super) fn flag(&mut self, field: &'static str) -> Result<bool, DecodeError> {
        self.read(field, number::flag)
    }

    /// A span: its length, then its felts.
    pub(super) fn span(&mut self, field: &'static str) -> Result<Vec<Felt>, DecodeError> {
        let length: usize = self.number(field)?;
        let felts: Vec<Felt> = self.felts.by_ref().take(length).copied().collect();
        if felts.len() == length {
            Ok(felts)
        } else {
            Err(self.wrong(field))
        }
    }

    /// Nothing may be left: a longer event is another one.
    pub(super) fn end(mut self) -> Result<(), DecodeError> {
        match self.felts.next() {
            None => Ok(()),
            Some(_) => Err(self.wrong("its end")),
        }
    }
}
