//! What it takes to kill a program at a drawn moment and to look at what it left.

mod chance;
mod child;
mod look;
mod remote;
mod work;

pub use chance::{Chance, first_seed};
pub use child::{Ending, Point, Running, run_until};
pub use look::{Said, after_a_kill, blocks_in, complete, whole_blocks};
pub use remote::{Cars, Remote, Trip};
pub use work::{Collects, Job, Kind, asked, run};
