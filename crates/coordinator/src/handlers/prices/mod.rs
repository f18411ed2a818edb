pub mod assets;
pub mod show;
