//! Files that the scene needs and that are not there.

use super::{Decisions, problem, some_of};
use crate::view::{Fix, Problem, Severity};
use veriframe_blend::{Dependency, DependencyKind, DependencyStatus, Report};

pub fn missing(report: &Report, decisions: Decisions) -> Vec<Problem> {
    let with = |status| report.dependencies.iter().filter(move |needed| needed.status == status);
    let refused: Vec<&Dependency> = with(DependencyStatus::Refused).collect();
    let (visible, silent): (Vec<&Dependency>, Vec<&Dependency>) =
        with(DependencyStatus::Missing).partition(|dependency| dependency.kind.shows_in_frames());
    let mut problems = Vec::new();
    problems.extend(refusal(&refused, decisions));
    let (libraries, others): (Vec<&Dependency>, Vec<&Dependency>) = visible
        .into_iter()
        .partition(|dependency| dependency.kind == DependencyKind::Library);
    problems.extend(group(
        "missing_libraries",
        ("library", "libraries"),
        &libraries,
        decisions,
    ));
    let (images, others): (Vec<&Dependency>, Vec<&Dependency>) = others.into_iter().partition(|d| is_texture(d.kind));
    problems.extend(group("missing_textures", ("texture", "textures"), &images, decisions));
    problems.extend(group("missing_files", ("file", "files"), &others, decisions));
    if !silent.is_empty() {
        let names: Vec<String> = silent.iter().map(|dependency| file_name(&dependency.path)).collect();
        problems.push(problem(
            "missing_sounds",
            Severity::Note,
            if silent.len() == 1 {
                "A sound is missing".to_owned()
            } else {
                format!("{} sounds are missing", silent.len())
            },
            format!("{}. Frames look the same without.", some_of(&names, 3)),
            vec![],
        ));
    }
    problems
}

/// Whoever renders the scene would get them.
fn refusal(refused: &[&Dependency], decisions: Decisions) -> Option<Problem> {
    let first = refused.first()?;
    let names: Vec<String> = refused
        .iter()
        .map(|dependency| dependency.resolved.display().to_string())
        .collect();
    let (title, they) = match refused.len() {
        1 => ("The scene names a file that may be private".to_owned(), "It lies"),
        n => (format!("The scene names {n} files that may be private"), "They lie"),
    };
    let detail = format!(
        "{}. {they} outside of its folder, hidden or among the system's files, or not of the kind that the scene says. \
         Whoever made the scene may want to have what is in there.",
        some_of(&names, 4)
    );
    let stored_path = first.path.clone();
    let (severity, fixes) = weigh(decisions, vec![Fix::Locate { stored_path }, Fix::IgnoreMissing]);
    Some(problem("private_files", severity, title, detail, fixes))
}

fn is_texture(kind: DependencyKind) -> bool {
    matches!(
        kind,
        DependencyKind::Image | DependencyKind::ImageSequence | DependencyKind::TiledImage
    )
}

fn group(id: &str, (one, many): (&str, &str), missing: &[&Dependency], decisions: Decisions) -> Option<Problem> {
    let first = missing.first()?;
    let title = match missing.len() {
        1 => format!("1 {one} is missing"),
        n => format!("{n} {many} are missing"),
    };
    let names: Vec<String> = missing.iter().map(|dependency| file_name(&dependency.path)).collect();
    let mut users: Vec<String> = Vec::new();
    for user in missing.iter().flat_map(|dependency| &dependency.used_by) {
        let quoted = format!("“{user}”");
        if !users.contains(&quoted) {
            users.push(quoted);
        }
    }
    let used = if users.is_empty() {
        String::new()
    } else {
        format!(" — used by {}", some_of(&users, 3))
    };
    let would = match id {
        "missing_libraries" => "What is linked from it would not be in the frames.",
        "missing_textures" => "It would render pink.",
        _ => "What it holds would not be in the frames.",
    };
    let stored_path = first.path.clone();
    let fixes = vec![Fix::Locate { stored_path }, Fix::SearchFolder, Fix::IgnoreMissing];
    let (severity, fixes) = weigh(decisions, fixes);
    Some(problem(
        id,
        severity,
        title,
        format!("{}{used}. {would}", some_of(&names, 4)),
        fixes,
    ))
}

/// What is missing stops a job until somebody does without it; then there is nothing left to do.
fn weigh(decisions: Decisions, fixes: Vec<Fix>) -> (Severity, Vec<Fix>) {
    if decisions.ignore_missing {
        (Severity::Warning, vec![])
    } else {
        (Severity::Blocking, fixes)
    }
}

/// The last part of a stored path, whichever system wrote it: `//textures\wood.png` gives `wood.png`.
pub fn file_name(stored: &str) -> String {
    let name = stored
        .trim_end_matches(['/', '\\'])
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(stored);
    if name.is_empty() {
        stored.to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create::problems::scene::tests::report;

    fn dependency(path: &str, kind: DependencyKind) -> Dependency {
        Dependency {
            path: path.into(),
            resolved: "/nowhere".into(),
            kind,
            status: DependencyStatus::Missing,
            used_by: vec!["Lane".into()],
            in_file: "/scene.blend".into(),
            bytes: 0,
            files: vec![],
        }
    }

    #[test]
    fn missing_textures_block_and_can_be_found_or_ignored() {
        let mut report = report();
        report.dependencies = vec![
            dependency("//tex/wood_floor.png", DependencyKind::Image),
            dependency("//tex\\pin_normal.png", DependencyKind::Image),
        ];
        let problems = missing(&report, Decisions::default());
        assert_eq!(problems[0].title, "2 textures are missing");
        assert_eq!(
            problems[0].detail,
            "wood_floor.png, pin_normal.png — used by “Lane”. It would render pink."
        );
        assert_eq!(problems[0].severity, Severity::Blocking);
        assert!(matches!(&problems[0].fixes[0], Fix::Locate { stored_path } if stored_path == "//tex/wood_floor.png"));
        let ignored = missing(
            &report,
            Decisions {
                ignore_missing: true,
                ..Decisions::default()
            },
        );
        assert_eq!(ignored[0].severity, Severity::Warning);
    }

    #[test]
    fn a_file_that_may_be_private_blocks_until_it_is_left_out() {
        let mut report = report();
        let mut key = dependency("//../.ssh/id_rsa", DependencyKind::Font);
        key.status = DependencyStatus::Refused;
        key.resolved = "/home/me/.ssh/id_rsa".into();
        report.dependencies = vec![key];
        let told = &missing(&report, Decisions::default())[0];
        assert_eq!((told.id.as_str(), told.severity), ("private_files", Severity::Blocking));
        assert!(
            told.detail.starts_with("/home/me/.ssh/id_rsa. It lies outside"),
            "{}",
            told.detail
        );
    }

    #[test]
    fn a_missing_sound_blocks_nothing() {
        let mut report = report();
        report.dependencies = vec![dependency("//a.wav", DependencyKind::Sound)];
        assert_eq!(missing(&report, Decisions::default())[0].severity, Severity::Note);
    }

    #[test]
    fn names_of_either_system_are_understood() {
        assert_eq!(file_name("C:\\art\\wood.png"), "wood.png");
        assert_eq!(file_name("//cache/smoke/"), "smoke");
    }
}
