use std::path::Path;
use tempfile::TempDir;
use veriframe_app::Home;

/// A home that goes away with the test.
pub struct TempHome {
    folder: TempDir,
    pub home: Home,
}

impl TempHome {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = Home::at(folder.path().join("home"));
        home.create().expect("a home");
        Self { folder, home }
    }

    /// Beside the home, for scenes and frames.
    pub fn beside(&self) -> &Path {
        self.folder.path()
    }
}

impl Default for TempHome {
    fn default() -> Self {
        Self::new()
    }
}
