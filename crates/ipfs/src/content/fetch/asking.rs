//! Who is asked next, and what was learned of each source during one fetch.

use super::super::{ContentError, Reason, source::Listed, source::Sources};
use crate::block::BlockKey;
use cid::Cid;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Requests to one source at once, as long as another has room.
pub(super) const PARALLEL: usize = 8;
/// Tries of one block at one source.
pub(super) const TRIES: u32 = 3;

pub(super) struct Asking<'a> {
    sources: &'a Sources,
    notes: Mutex<Vec<Note>>,
}

/// What is known of one source.
#[derive(Default)]
struct Note {
    why: Option<Arc<ContentError>>,
    /// Not to be asked for the rest of this fetch.
    is_aside: bool,
    asked: usize,
    /// Whether it refused to make a CAR, as opposed to having no content for one.
    has_no_cars: bool,
    /// Blocks that it said it does not have.
    absent: HashSet<BlockKey>,
}

/// A request under way; ends when dropped.
pub(super) struct Turn<'a> {
    asking: &'a Asking<'a>,
    pub(super) index: usize,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.asking.notes()[self.index].asked -= 1;
    }
}

impl<'a> Asking<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        let notes = sources.list.iter().map(|_| Note::default()).collect();
        Self {
            sources,
            notes: Mutex::new(notes),
        }
    }

    pub(super) fn limits(&self) -> &super::super::Limits {
        &self.sources.limits
    }

    pub(super) fn source(&self, index: usize) -> &Listed {
        &self.sources.list[index]
    }

    pub(super) fn count(&self) -> usize {
        self.sources.list.len()
    }

    /// The sources that may still be asked, in their order.
    pub(super) fn trusted(&self) -> Vec<usize> {
        let notes = self.notes();
        let usable = |index: &usize| !notes[*index].is_aside && self.source(*index).lie().is_none();
        (0..self.count()).filter(usable).collect()
    }

    /// Of these, the ones that did not say that they lack the block.
    pub(super) fn not_without(&self, cid: &Cid) -> Vec<usize> {
        let (key, trusted) = (BlockKey::of(cid), self.trusted());
        let notes = self.notes();
        trusted
            .into_iter()
            .filter(|index| !notes[*index].absent.contains(&key))
            .collect()
    }

    /// Of these, the ones that make no CARs.
    pub(super) fn without_cars(&self) -> Vec<usize> {
        let trusted = self.trusted();
        let notes = self.notes();
        trusted.into_iter().filter(|index| notes[*index].has_no_cars).collect()
    }

    /// The best source for a block: the one tried least, then one with room, then the first. `tries` are those that
    /// were made; `running` are asked just now.
    pub(super) fn choose(&'a self, cid: &Cid, tries: &[u32], running: &[usize]) -> Option<Turn<'a>> {
        let key = BlockKey::of(cid);
        let trusted = self.trusted();
        let mut notes = self.notes();
        let index = trusted
            .into_iter()
            .filter(|index| tries[*index] < TRIES && !running.contains(index) && !notes[*index].absent.contains(&key))
            .min_by_key(|index| (tries[*index], notes[*index].asked >= PARALLEL, *index))?;
        notes[index].asked += 1;
        drop(notes);
        Some(Turn { asking: self, index })
    }

    /// Notes a failure of a source, and tells it once. `cid` is the block that was asked for, if it was one.
    pub(super) fn failed(&self, index: usize, cid: Option<&Cid>, error: ContentError, tries: u32) {
        let listed = self.source(index);
        let error = Arc::new(error);
        if error.is_lie() {
            listed.distrust(&error);
        }
        let mut notes = self.notes();
        let note = &mut notes[index];
        match (&*error, cid) {
            (ContentError::NotFound(_), Some(cid)) => {
                note.absent.insert(BlockKey::of(cid));
            }
            // Whole trees are another matter than blocks.
            (ContentError::Refused { .. }, None) => note.has_no_cars = true,
            (_, None) => {}
            (error, Some(_)) => note.is_aside |= !error.is_transient() || tries >= TRIES,
        }
        // The first that says more than "I have it not" is the one to tell.
        let told = note
            .why
            .as_ref()
            .is_some_and(|why| !matches!(**why, ContentError::NotFound(_)));
        if note.why.is_none() || !told && !matches!(*error, ContentError::NotFound(_)) {
            tracing::info!(source = listed.source.name(), %error, "a source was of no use");
            note.why = Some(error);
        }
    }

    pub(super) fn reasons(&self) -> Vec<Reason> {
        let notes = self.notes();
        let reasons = self.sources.list.iter().zip(notes.iter()).filter_map(|(listed, note)| {
            let noted = note.why.clone().map(|why| Reason {
                store: listed.source.name().to_owned(),
                why,
            });
            listed.lie().cloned().or(noted)
        });
        reasons.collect()
    }

    /// A panic elsewhere leaves the notes usable.
    fn notes(&self) -> MutexGuard<'_, Vec<Note>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
