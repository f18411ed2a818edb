//! The tracer and the report.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use veriframe_blend::{BlendFile, TraceOptions, inspect_file};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = BlendFile::of_bytes(bytes.to_vec(), Path::new("/nowhere/a.blend")) {
        let _ = inspect_file(&file, &TraceOptions::default());
    }
});
