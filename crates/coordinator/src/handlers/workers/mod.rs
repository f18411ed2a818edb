pub mod earnings;
pub mod list;
pub mod overview;
pub mod register;
pub mod show;
pub mod status;
