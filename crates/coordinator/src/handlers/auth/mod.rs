pub mod authenticate;
pub mod challenge;
pub mod refresh;
