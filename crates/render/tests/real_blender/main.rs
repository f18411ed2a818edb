//! Everything that needs a real Blender. Where none is installed the tests say `SKIPPED` and pass.

mod common;
mod failures;
mod frames;
mod pieces;
mod preflight;
mod probing;
mod sandbox;
