//! The figures the project promises, measured here and printed: `./dev bench`.

#[path = "bench/blend.rs"]
mod blend;
#[path = "bench/chain_history.rs"]
mod chain_history;
#[path = "bench/counter.rs"]
mod counter;
#[path = "bench/indexer.rs"]
mod indexer;
#[path = "bench/ipfs_import.rs"]
mod ipfs_import;
#[path = "bench/ipfs_upload.rs"]
mod ipfs_upload;
#[path = "bench/jobs.rs"]
mod jobs;
#[path = "bench/measure.rs"]
mod measure;
#[path = "bench/noise.rs"]
mod noise;
#[path = "bench/report.rs"]
mod report;
#[path = "bench/size.rs"]
mod size;
#[path = "bench/window.rs"]
mod window;
