//! Several coordinators on one PostgreSQL behave as one.
//!
//! Invariants:
//! - Each hands on to its sockets what any of them committed, all of it, in the order of the log (`relay`).
//! - A bell only says when to look; one that was missed costs at most [`relay::LOOK_EVERY`].
//! - What must not be done twice at the same time is done by the one that holds a lock of the database (`leader`).
//! - Nothing needs the Redis that they may share (`redis`).

pub mod bell;
pub mod leader;
pub mod passing;
pub mod recent;
pub mod redis;
pub mod relay;
