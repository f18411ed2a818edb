use super::{Access, Confined, Sandbox};
use std::{
    ffi::OsString,
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
};

/// `sandbox-exec` of macOS. Written from its documented profile language and **not tested**: no Mac was at hand.
pub(super) struct Seatbelt;

impl Sandbox for Seatbelt {
    fn name(&self) -> &'static str {
        "Seatbelt"
    }

    fn confines(&self) -> bool {
        true
    }

    fn confine(&self, access: Access<'_>) -> io::Result<Confined> {
        let out_dir = access.write_dir.join("out");
        Ok(Confined {
            command: vec![
                "/usr/bin/sandbox-exec".into(),
                "-p".into(),
                OsString::from(profile(access)),
                access.program.into(),
            ],
            environment: vec![
                ("HOME", access.write_dir.join("tmp").into()),
                ("TMPDIR", access.write_dir.join("tmp").into()),
                ("BLENDER_USER_RESOURCES", access.write_dir.join("tmp").into()),
            ],
            clear_environment: true,
            scene_dir: access.scene_dir.unwrap_or(&out_dir).to_owned(),
            out_dir,
        })
    }
}

/// Later rules win: reading is allowed, then the homes and disks are taken away, then the scene is given back.
fn profile(access: Access<'_>) -> String {
    let mut profile = String::from(
        "(version 1)(allow default)(deny network*)(deny file-write*)\
         (deny file-read* (subpath \"/Users\") (subpath \"/Volumes\") (subpath \"/private/var/root\"))",
    );
    let mut give = |what: &str, path: &Path| {
        let path = path.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
        let _ = write!(profile, "(allow {what} (subpath \"{path}\"))");
    };
    for path in access
        .scene_dir
        .into_iter()
        .chain(access.also.iter().map(PathBuf::as_path))
    {
        give("file-read*", path);
    }
    // Three folders up from the executable is the application's bundle.
    if let Some(bundle) = access.program.ancestors().nth(3) {
        give("file-read*", bundle);
    }
    give("file-read*", access.write_dir);
    give("file-write*", access.write_dir);
    profile.push_str("(allow file-write* (literal \"/dev/null\"))");
    profile
}
