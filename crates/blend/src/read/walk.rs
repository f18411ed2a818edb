use super::{block::Block, index::Look, source::Bytes};

/// A walk through a file from its start to its end, which gives back what was looked at.
pub(super) struct Walk<'a> {
    bytes: &'a Bytes,
    stage: u64,
}

impl<'a> Walk<'a> {
    /// What may be in memory before it is given back, in bytes.
    const STAGE: u64 = 16 << 20;

    pub fn of(bytes: &'a Bytes) -> Self {
        Self { bytes, stage: 0 }
    }

    pub fn reached(&mut self, offset: u64) {
        let stage = offset / Self::STAGE;
        if stage != self.stage {
            self.forget();
            self.stage = stage;
        }
    }

    fn forget(&self) {
        self.bytes.forget_pages(self.stage * Self::STAGE, Self::STAGE);
    }
}

impl Look for Walk<'_> {
    fn look(&mut self, _: u32, block: &Block) {
        self.reached(block.offset);
    }
}

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        if self.stage > 0 {
            self.forget();
        }
    }
}
