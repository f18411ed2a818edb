//! The reader: any bytes are a file or an error.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use veriframe_blend::BlendFile;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = BlendFile::of_bytes(bytes.to_vec(), Path::new("/nowhere/a.blend")) else {
        return;
    };
    for code in ["SC", "OB", "IM", "ME"] {
        for item in file.ids(code).take(1_000) {
            let _ = (item.kind(), item.id_name(), item.int("totvert"), item.float("r.frs_sec_base"));
            let _ = item.list("modifiers").take(100).map(|member| member.kind().len()).sum::<usize>();
            let _ = item.elements().take(100).filter_map(|element| element.text("name")).count();
        }
    }
});
