//! What of Blender's findings would show in frames.

use crate::create::problems::{file_name, some_of};
use std::{collections::HashSet, path::Path};
use veriframe_blend::Report;
use veriframe_render::preflight::Findings;

const SHOWN: usize = 3;

/// The findings that matter, in one sentence each; `None` when there is none. `report` is of the packed scene.
pub(crate) fn serious(findings: &Findings, report: &Report, folder: &Path) -> Option<String> {
    // What no chosen scene shows, and what cannot be seen, was left out on purpose.
    let harmless: HashSet<_> = report
        .unused
        .iter()
        .chain(report.dependencies.iter().filter(|found| !found.kind.shows_in_frames()))
        .map(|found| found.resolved.as_path())
        .collect();
    let missing: Vec<String> = findings
        .missing
        .iter()
        .filter(|path| !harmless.contains(folder.join(path).as_path()))
        .map(|path| file_name(path))
        .collect();
    let mut words = Vec::new();
    words.extend(sentence("Blender misses", &missing));
    words.extend(sentence("These pictures cannot be read:", &findings.broken));
    // With several scenes the others' data may be absent rightly.
    if report.scenes.len() == 1 {
        words.extend(sentence("Linked data is not in its library:", &findings.unlinked));
        if !words.is_empty() {
            words.extend(sentence("These would render pink:", &findings.pink));
        }
    }
    (!words.is_empty()).then(|| words.join(" "))
}

fn sentence(start: &str, names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| format!("{start} {}.", some_of(names, SHOWN)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create::problems::scene::tests::report;
    use veriframe_blend::{Dependency, DependencyKind, DependencyStatus};

    fn dependency(name: &str, kind: DependencyKind) -> Dependency {
        Dependency {
            path: format!("//{name}"),
            resolved: Path::new("/packed").join(name),
            kind,
            status: DependencyStatus::Missing,
            used_by: vec![],
            in_file: "/packed/scene.blend".into(),
            bytes: 0,
            files: vec![],
        }
    }

    #[test]
    fn what_shows_in_no_frame_is_not_told() {
        let mut report = report();
        report.unused = vec![dependency("old.png", DependencyKind::Image)];
        report.dependencies = vec![dependency("music.wav", DependencyKind::Sound)];
        let mut findings = Findings {
            missing: vec!["old.png".into(), "music.wav".into()],
            ..Findings::default()
        };
        assert_eq!(serious(&findings, &report, Path::new("/packed")), None);
        findings.missing.push("tex/wood.png".into());
        findings.unlinked.push("Tree".into());
        findings.pink.push("Wood".into());
        assert_eq!(
            serious(&findings, &report, Path::new("/packed")).unwrap(),
            "Blender misses wood.png. Linked data is not in its library: Tree. These would render pink: Wood."
        );
    }
}
