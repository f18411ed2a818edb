//! Jobs after they were paid for, and drafts on the way there.
//!
//! Invariants: both ids of a job stay valid for ever; pictures are handed out as the content store verified them; a
//! window is told at most ten times a second what happens to a job, however fast it happens.

mod act;
mod cells;
mod clean;
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
mod when_done;

pub use act::{
    act_on_frames, cancel_job, order_jobs, pause_all_jobs, pause_job, put_first, resume_all_jobs, resume_job,
};
pub use clean::clean_jobs;
pub use detail::frame;
pub(crate) use find::posted;
pub use find::{Found, find};
pub use follow::follow_events;
pub(crate) use follow::news;
#[cfg(test)]
pub(crate) use left::tests::job as example;
pub(crate) use left::time_left;
pub use list::{fresh_frames, job, job_frames, jobs, tell_job};
pub use live::Live;
pub use picture::{Picture, picture};
pub use save::{remember_folder, save_frame, save_frames, save_still};
pub(crate) use view::has_ended;
pub use when_done::{NOTICE, Power, SystemPower, WhenQueueIsDone, set_when_done, watch_the_queue, when_done};
