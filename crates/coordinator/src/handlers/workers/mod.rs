pub mod earnings;
pub mod list;
pub mod overview;
pub mod register;
pub mod reputation_history;
pub mod show;
pub mod status;
