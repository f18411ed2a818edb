//! What is wrong with a scene, before any money moves: worst first, each with what mends it.

mod files;
mod machines;
pub(super) mod scene;

pub use files::file_name;
pub use machines::Surroundings;

use crate::view::{Fix, Problem, Severity};
use veriframe_blend::{Report, SceneReport};

/// What the artist already decided about problems.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decisions {
    pub denoise_off: bool,
    pub ignore_missing: bool,
    pub bake: bool,
}

/// Every problem of rendering `scene`, worst first.
pub fn problems(report: &Report, scene: &SceneReport, decisions: Decisions, around: &Surroundings) -> Vec<Problem> {
    let mut found = Vec::new();
    found.extend(files::missing(report, decisions));
    found.extend(scene::problems(report, scene));
    found.extend(machines::problems(report, scene, decisions, around));
    found.extend(scene::warnings(report, scene, decisions, !around.here.is_empty()));
    // Stable: within a severity the order above is the order of weight.
    found.sort_by_key(|problem| match problem.severity {
        Severity::Blocking => 0,
        Severity::Warning => 1,
        Severity::Note => 2,
    });
    found
}

/// The first problem that keeps the job from being paid for.
pub fn blocking(problems: &[Problem]) -> Option<&Problem> {
    problems.iter().find(|problem| problem.severity == Severity::Blocking)
}

fn problem(
    id: &str,
    severity: Severity,
    title: impl Into<String>,
    detail: impl Into<String>,
    fixes: Vec<Fix>,
) -> Problem {
    Problem {
        id: id.to_owned(),
        severity,
        title: title.into(),
        detail: detail.into(),
        fixes,
    }
}

/// `a, b and 3 more`.
pub(crate) fn some_of(names: &[String], shown: usize) -> String {
    if names.len() <= shown {
        return names.join(", ");
    }
    format!("{} and {} more", names[..shown].join(", "), names.len() - shown)
}
