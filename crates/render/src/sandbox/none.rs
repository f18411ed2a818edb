use super::{Access, Confined, Sandbox};
use std::io;

/// No sandbox at all, and honest about it.
pub(super) struct Unconfined;

impl Sandbox for Unconfined {
    fn name(&self) -> &'static str {
        "none"
    }

    fn confines(&self) -> bool {
        false
    }

    fn confine(&self, access: Access<'_>) -> io::Result<Confined> {
        let out_dir = access.write_dir.join("out");
        Ok(Confined {
            command: vec![access.program.into()],
            // Add-ons and start-up scripts of the user would run, and change pictures, in spite of factory settings.
            environment: vec![
                ("BLENDER_USER_RESOURCES", access.write_dir.join("tmp").into()),
                ("BLENDER_USER_CONFIG", access.write_dir.join("tmp").into()),
                ("BLENDER_USER_SCRIPTS", access.write_dir.join("tmp").into()),
                ("TMPDIR", access.write_dir.join("tmp").into()),
                ("TEMP", access.write_dir.join("tmp").into()),
                ("TMP", access.write_dir.join("tmp").into()),
            ],
            clear_environment: false,
            scene_dir: access.scene_dir.unwrap_or(&out_dir).to_owned(),
            out_dir,
        })
    }
}
