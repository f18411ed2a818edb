//! A bar for each stage, on standard error.

use crate::output;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    collections::{HashMap, HashSet},
    io::IsTerminal as _,
    time::{Duration, Instant},
};
use veriframe_app::view::{JobView, Stage, StageState};

/// What passes sooner is no news.
const WORTH_A_LINE: Duration = Duration::from_secs(3);
/// Steps of a bar: per mille.
const STEPS: u64 = 1000;

/// A bar of bytes on a terminal, and nothing elsewhere or when `quiet`. `doing` is a word such as `Packing`.
pub fn bytes(doing: &str, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    ProgressBar::new(0)
        .with_style(style("{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}"))
        .with_message(doing.to_owned())
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Bars on a terminal; elsewhere a line when a stage ends.
pub struct Progress {
    bars: MultiProgress,
    by_stage: HashMap<String, ProgressBar>,
    /// Below the bars, once there was something to say.
    note: Option<ProgressBar>,
    told: HashSet<String>,
    /// Why nothing happens, and since when.
    reason: (String, Instant),
    lines: bool,
    quiet: bool,
}

impl Progress {
    /// `quiet` shows nothing: standard error is for errors then.
    pub fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if quiet || !terminal {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Self {
            bars: MultiProgress::with_draw_target(target),
            by_stage: HashMap::new(),
            note: None,
            told: HashSet::new(),
            reason: (String::new(), Instant::now()),
            lines: !quiet && !terminal,
            quiet,
        }
    }

    pub fn show(&mut self, view: &JobView) {
        if self.quiet {
            return;
        }
        for stage in &view.stages {
            if stage.state != StageState::Waiting {
                self.show_stage(stage);
            }
        }
        if !view.row.state.has_ended() {
            self.show_note(&view.row.note);
        }
    }

    /// Why nothing happens.
    fn show_note(&mut self, note: &str) {
        if self.lines {
            // Seconds that count down are no other reason.
            let reason = note.replace(|letter: char| letter.is_ascii_digit(), "");
            if self.reason.0 != reason {
                self.reason = (reason, Instant::now());
            } else if !note.is_empty()
                && self.reason.1.elapsed() > WORTH_A_LINE
                && self.told.insert(self.reason.0.clone())
            {
                output::note(note);
            }
            return;
        }
        match &self.note {
            Some(line) => line.set_message(note.to_owned()),
            None if note.is_empty() => {}
            None => {
                let line = self.bars.add(ProgressBar::new(STEPS).with_style(style("{msg}")));
                line.set_message(note.to_owned());
                self.note = Some(line);
            }
        }
    }

    fn show_stage(&mut self, stage: &Stage) {
        if self.lines {
            // A log is no place for a thousand percentages: how a stage ended is enough.
            let ended = matches!(stage.state, StageState::Done | StageState::Failed);
            if ended && self.told.insert(stage.id.clone()) {
                output::note(&stage.label);
            }
            return;
        }
        let bars = &self.bars;
        let bar = self
            .by_stage
            .entry(stage.id.clone())
            .or_insert_with(|| bars.add(ProgressBar::new(STEPS).with_style(style("{bar:24} {msg}"))));
        bar.set_position((stage.progress.clamp(0.0, 1.0) * STEPS as f64) as u64);
        bar.set_message(stage.label.clone());
    }

    /// Leaves the last state on the screen.
    pub fn finish(&self) {
        self.by_stage.values().chain(&self.note).for_each(ProgressBar::abandon);
    }
}
