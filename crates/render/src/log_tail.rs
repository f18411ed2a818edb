use crate::progress;
use std::{collections::VecDeque, path::PathBuf};

/// Lines kept of Blender's output.
const LINES: usize = 60;
/// Bytes kept of a line.
const LINE: usize = 400;

/// The last lines of Blender's output. Lines of progress replace one another, or they would push out what explains a failure.
#[derive(Debug, Default)]
pub(crate) struct LogTail {
    lines: VecDeque<String>,
    ends_with_progress: bool,
    /// Folders of this computer and what stands for them: a log is sent to the owner of the scene.
    private: Vec<(String, &'static str)>,
}

impl LogTail {
    pub(crate) fn hiding(private: &[(&PathBuf, &'static str)]) -> Self {
        Self {
            private: private
                .iter()
                .map(|(path, name)| (path.display().to_string(), *name))
                .collect(),
            ..Self::default()
        }
    }

    pub(crate) fn push(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        let is_progress = progress::parse(line).is_some();
        if is_progress && self.ends_with_progress {
            self.lines.pop_back();
        }
        self.ends_with_progress = is_progress;
        let mut line = line.to_owned();
        for (path, name) in &self.private {
            line = line.replace(path, name);
        }
        line.truncate(line.floor_char_boundary(LINE));
        self.lines.push_back(line);
        if self.lines.len() > LINES {
            self.lines.pop_front();
        }
    }

    pub(crate) fn text(&self) -> String {
        self.lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// Whether a line has one of these words in it; letter case counts.
    pub(crate) fn mentions(&self, words: &[&str]) -> bool {
        self.lines
            .iter()
            .any(|line| words.iter().any(|word| line.contains(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_does_not_push_out_what_explains() {
        let mut log = LogTail::hiding(&[(&PathBuf::from("/home/ada/scene"), "(scene)")]);
        log.push("Warning: cannot read /home/ada/scene/a.png");
        for sample in 0..500 {
            log.push(&format!(
                "Fra:5 Mem:1M (Peak 2M) | Time:00:00.04 | Mem:8M, Peak:8M | Scene, ViewLayer | Sample {sample}/500"
            ));
        }
        log.push("");
        log.push(&"ä".repeat(1000));
        let text = log.text();
        assert_eq!(text.lines().count(), 3);
        assert!(text.starts_with("Warning: cannot read (scene)/a.png\nFra:5"));
        assert!(log.mentions(&["Warning"]) && !log.mentions(&["Error"]));
    }
}
