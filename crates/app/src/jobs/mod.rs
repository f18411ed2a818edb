//! Jobs after they were paid for, and drafts on the way there.
//!
//! Invariants: both ids of a job stay valid for ever; pictures are handed out as the content store verified them; a
//! window is told at most ten times a second what happens to a job, however fast it happens.

mod act;
mod cells;
mod detail;
mod find;
mod follow;
mod left;
mod list;
mod live;
mod picture;
mod save;
pub mod stages;
mod standstill;
mod still;
pub mod text;
mod view;

pub use act::{act_on_frames, cancel_job, pause_job, resume_job};
pub use detail::frame;
pub(crate) use find::posted;
pub use find::{Found, find};
pub use follow::follow_events;
pub use list::{fresh_frames, job, job_frames, jobs, tell_job};
pub use live::Live;
pub use picture::{Picture, picture};
pub use save::{remember_folder, save_frame, save_frames, save_still};
pub(crate) use view::has_ended;
