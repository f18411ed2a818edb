//! Whether any computer that is known can render the scene.

use super::{Decisions, problem};
use crate::create::scene::sentence;
use crate::view::{Fix, Problem, Severity};
use std::collections::BTreeSet;
use veriframe_blend::{Report, SceneReport};
use veriframe_core::{BlenderInfo, BlenderVersion, Engine};
use veriframe_wire::worker::WorkersOverview;

/// The Blenders that could render: those of this computer, and what the workers that are online say they have.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub here: Vec<BlenderInfo>,
    /// The Blenders of this computer have not answered yet, so that nothing can be said of them.
    pub asking: bool,
    /// What is wrong with programs that look like a Blender and cannot be used.
    pub unusable: Vec<String>,
    /// `None` while the coordinator does not answer.
    pub network: Option<WorkersOverview>,
}

impl Surroundings {
    fn denoisers_online(&self) -> BTreeSet<&str> {
        self.network
            .iter()
            .flat_map(|network| &network.denoisers)
            .map(String::as_str)
            .collect()
    }

    fn versions_online(&self) -> Vec<BlenderVersion> {
        self.network
            .iter()
            .flat_map(|network| &network.blenders)
            .filter_map(|text| text.parse().ok())
            .collect()
    }

    fn newest_here(&self) -> Option<&BlenderInfo> {
        self.here.iter().max_by_key(|blender| blender.version)
    }
}

/// The note that stands where these problems will.
const ASKING: &str = "asking_blender";

pub fn problems(report: &Report, scene: &SceneReport, decisions: Decisions, around: &Surroundings) -> Vec<Problem> {
    let Ok(saved_by) = report.blender_version.parse::<BlenderVersion>() else {
        return vec![];
    };
    if around.asking {
        return vec![problem(
            ASKING,
            Severity::Note,
            "Looking at the Blender of this computer",
            "Whether it can render the scene shows here in a moment.",
            vec![],
        )];
    }
    // When no Blender is new enough, its engines and denoisers do not matter.
    if let Some(too_new) = version(saved_by, around) {
        return vec![too_new];
    }
    let denoiser = scene.denoise.as_deref().filter(|_| !decisions.denoise_off);
    engine(scene, around)
        .into_iter()
        .chain(denoiser.and_then(|name| denoising(name, around)))
        .collect()
}

fn opens(version: BlenderVersion, saved_by: BlenderVersion) -> bool {
    (version.major, version.minor) >= (saved_by.major, saved_by.minor)
}

fn version(saved_by: BlenderVersion, around: &Surroundings) -> Option<Problem> {
    let needs = format!("{}.{}", saved_by.major, saved_by.minor);
    let Some(newest) = around.newest_here() else {
        // Somebody else's Blender may do.
        return around.versions_online().is_empty().then(|| {
            problem(
                "no_blender",
                Severity::Blocking,
                if around.unusable.is_empty() {
                    "No Blender was found"
                } else {
                    "No Blender here can be used"
                },
                match around.unusable.first() {
                    Some(why) => format!(
                        "{}. No worker is online. The file needs Blender {needs} or newer.",
                        sentence(why).trim_end_matches('.')
                    ),
                    None => format!(
                        "This computer has none and no worker is online. The file needs Blender {needs} or newer."
                    ),
                },
                vec![Fix::OpenSettings],
            )
        });
    };
    if opens(newest.version, saved_by) {
        return None;
    }
    let online = around
        .versions_online()
        .into_iter()
        .any(|version| opens(version, saved_by));
    let explain = vec![
        Fix::Explain {
            topic: "version".into(),
        },
        Fix::OpenSettings,
    ];
    Some(if online {
        problem(
            "newer_file_here",
            Severity::Note,
            format!("The file needs Blender {needs}"),
            format!("This computer has {}. Workers that are online have it.", newest.version),
            explain,
        )
    } else {
        problem(
            "newer_file",
            Severity::Blocking,
            format!("The file needs Blender {needs}"),
            format!(
                "The newest Blender here is {}, and no worker that is online has a newer one. Install Blender {needs}, or save the file with {}.{}.",
                newest.version, newest.version.major, newest.version.minor
            ),
            explain,
        )
    })
}

fn engine(scene: &SceneReport, around: &Surroundings) -> Option<Problem> {
    let engine = Engine::from_blender(&scene.engine);
    let here = around.here.iter().any(|blender| blender.engines.contains(&engine));
    let online = around
        .network
        .iter()
        .any(|network| network.engines.iter().any(|id| id == engine.id()));
    if here || online || (around.here.is_empty() && around.network.is_none()) {
        return None;
    }
    let detail = match engine {
        Engine::Other(_) => {
            "It is an add-on's engine. Choose Cycles, EEVEE or Workbench in Blender and save.".to_owned()
        }
        _ => "It needs a graphics driver that this computer does not offer, and no worker that is online has it."
            .to_owned(),
    };
    Some(problem(
        "engine",
        Severity::Blocking,
        format!("No computer here can run {engine}"),
        detail,
        vec![],
    ))
}

fn denoising(denoiser: &str, around: &Surroundings) -> Option<Problem> {
    let name = denoiser_name(denoiser);
    let here = around.here.iter().any(|blender| blender.denoisers.contains(denoiser));
    if here {
        return None;
    }
    let online = around.denoisers_online().contains(denoiser);
    let yours = around.newest_here().map_or_else(
        || "This computer has no Blender.".to_owned(),
        |blender| format!("Your Blender {} was built without it.", blender.version),
    );
    let (severity, network) = match (&around.network, online) {
        (_, true) => (Severity::Warning, "A worker that is online has it."),
        (Some(network), false) if network.online > 0 => (Severity::Blocking, "No worker that is online has it."),
        (_, false) => (Severity::Blocking, "No other worker is online."),
    };
    Some(problem(
        "denoiser",
        severity,
        format!("Denoising needs {name}"),
        format!("{network} {yours}"),
        vec![Fix::DenoiseOff],
    ))
}

fn denoiser_name(id: &str) -> &str {
    match id {
        "openimagedenoise" => "OpenImageDenoise",
        "optix" => "OptiX",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{blocking, scene::tests::*};
    use super::*;

    fn here(version: &str) -> Surroundings {
        Surroundings {
            here: vec![BlenderInfo {
                version: version.parse().unwrap(),
                engines: [Engine::Cycles].into(),
                denoisers: BTreeSet::new(),
                sandboxed: true,
            }],
            asking: false,
            unusable: vec![],
            network: Some(WorkersOverview::default()),
        }
    }

    fn with_denoising() -> SceneReport {
        SceneReport {
            denoise: Some("openimagedenoise".into()),
            ..scene("Scene")
        }
    }

    #[test]
    fn a_denoiser_that_nobody_has_blocks_until_it_is_turned_off() {
        let found = problems(&report(), &with_denoising(), Decisions::default(), &here("3.4.1"));
        assert_eq!(blocking(&found).unwrap().id, "denoiser");
        assert_eq!(
            found[0].detail,
            "No other worker is online. Your Blender 3.4.1 was built without it."
        );
        let off = Decisions {
            denoise_off: true,
            ..Decisions::default()
        };
        assert!(problems(&report(), &with_denoising(), off, &here("3.4.1")).is_empty());
    }

    #[test]
    fn a_denoiser_that_a_worker_has_is_only_a_warning() {
        let mut around = here("3.4.1");
        let network = around.network.as_mut().unwrap();
        network.online = 3;
        network.denoisers = vec!["openimagedenoise".into()];
        let found = problems(&report(), &with_denoising(), Decisions::default(), &around);
        assert_eq!(found[0].severity, Severity::Warning);
    }

    #[test]
    fn a_file_of_a_newer_blender_is_explained() {
        let newer = Report {
            blender_version: "5.0.0".into(),
            ..report()
        };
        let found = problems(&newer, &with_denoising(), Decisions::default(), &here("3.4.1"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title, "The file needs Blender 5.0");
        assert_eq!(found[0].severity, Severity::Blocking);
        let mut around = here("3.4.1");
        around.network.as_mut().unwrap().blenders = vec!["5.0.1".into()];
        assert_eq!(
            problems(&newer, &scene("Scene"), Decisions::default(), &around)[0].severity,
            Severity::Note
        );
    }

    #[test]
    fn no_blender_anywhere_blocks() {
        let nowhere = Surroundings {
            here: vec![],
            ..here("3.4.1")
        };
        let found = problems(&report(), &scene("Scene"), Decisions::default(), &nowhere);
        assert_eq!(blocking(&found).unwrap().id, "no_blender");
    }

    #[test]
    fn before_blender_answered_nothing_is_held_against_it() {
        let around = Surroundings {
            here: vec![],
            asking: true,
            ..here("3.4.1")
        };
        let found = problems(&report(), &with_denoising(), Decisions::default(), &around);
        assert_eq!(
            found.iter().map(|problem| problem.id.as_str()).collect::<Vec<_>>(),
            [ASKING]
        );
        assert!(blocking(&found).is_none());
    }

    #[test]
    fn an_add_on_s_engine_blocks() {
        let other = SceneReport {
            engine: "LUXCORE".into(),
            ..scene("Scene")
        };
        let found = problems(&report(), &other, Decisions::default(), &here("3.4.1"));
        assert_eq!(found[0].title, "No computer here can run LUXCORE");
    }
}
