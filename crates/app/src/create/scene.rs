//! Reading a scene, and choosing what of it to render.

use super::refusals::of_blend;
use crate::view::{CommandError, FormatChoice, JobSettings, Located};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use veriframe_blend::{PackOptions, Report, SceneReport, Scenes, TraceOptions};
use veriframe_core::{Denoise, FrameSet, OutputFormat, RenderSettings, pieces::Wish};

/// Stored paths and the files that stand for them.
fn located(files: &[Located]) -> BTreeMap<String, PathBuf> {
    files
        .iter()
        .map(|file| (file.stored_path.clone(), PathBuf::from(&file.actual)))
        .collect()
}

/// Which files count, and where: those that the chosen scene needs. An empty name is the scene that Blender would render.
pub(crate) fn trace_options(scene: &str, files: &[Located]) -> TraceOptions {
    TraceOptions {
        located: located(files),
        scenes: if scene.is_empty() {
            Scenes::Active
        } else {
            Scenes::Named(vec![scene.to_owned()])
        },
    }
}

/// How the job's scene is packed.
pub(crate) fn pack_options(chosen: &JobSettings) -> PackOptions {
    PackOptions {
        trace: trace_options(&chosen.scene, &chosen.located),
        ignore_missing: chosen.ignore_missing,
        // A changed scene then shares most blocks with its last version.
        compress: false,
    }
}

/// Reads the report, off the async threads.
pub async fn read(path: &Path, options: TraceOptions) -> Result<Report, CommandError> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || read_blocking(&path, &options))
        .await
        .unwrap_or_else(|_| {
            Err(CommandError::new(
                "internal",
                "The reader of .blend files stopped.",
                "Please report this file.",
            ))
        })
}

pub(crate) fn read_blocking(path: &Path, options: &TraceOptions) -> Result<Report, CommandError> {
    veriframe_blend::inspect(path, options).map_err(|error| of_blend(path, &error))
}

/// The scene by name; an empty name is the one that Blender would render.
pub fn choose<'a>(report: &'a Report, name: &str) -> Result<&'a SceneReport, CommandError> {
    if report.scenes.is_empty() {
        return Err(CommandError::new(
            "corrupt",
            "The file holds no scene.",
            "Save it anew in Blender.",
        ));
    }
    if name.is_empty() {
        return Ok(report.scene(&report.active_scene).unwrap_or(&report.scenes[0]));
    }
    report.scene(name).ok_or_else(|| {
        let names: Vec<String> = report.scenes.iter().map(|scene| format!("“{}”", scene.name)).collect();
        CommandError::new(
            "invalid_settings",
            format!("The file holds no scene “{name}”."),
            format!("It holds {}.", names.join(", ")),
        )
    })
}

/// What the artist would most likely want: everything as in the file.
pub fn defaults(report: &Report, scene: &SceneReport) -> JobSettings {
    JobSettings {
        path: report.path.to_string_lossy().into_owned(),
        scene: scene.name.clone(),
        frames: frames_of(scene),
        percent: scene.percent,
        samples: scene.samples.unwrap_or(0),
        format: match scene.output_format.as_str() {
            "OPEN_EXR" | "OPEN_EXR_MULTILAYER" => FormatChoice::Exr,
            "JPEG" => FormatChoice::Jpeg,
            _ => FormatChoice::Png,
        },
        denoise_off: false,
        ignore_missing: false,
        bake: false,
        plain: false,
        anew: false,
        located: vec![],
        cap: String::new(),
        pieces: Wish::Auto.to_string(),
    }
}

/// The scene's own range, as it is written in the field: `1-250`, `1-100x2`; empty when it holds no frame.
pub(crate) fn frames_of(scene: &SceneReport) -> String {
    let step = scene.frame_step.max(1);
    match scene.frame_end.checked_sub(scene.frame_start) {
        Some(0) => scene.frame_start.to_string(),
        Some(1..) if step == 1 => format!("{}-{}", scene.frame_start, scene.frame_end),
        Some(1..) => format!("{}-{}x{step}", scene.frame_start, scene.frame_end),
        _ => String::new(),
    }
}

/// The settings as the domain knows them. What equals the file stays `None`, so that Blender is told nothing needless.
pub fn settings(scene: &SceneReport, chosen: &JobSettings) -> Result<RenderSettings, CommandError> {
    let frames: FrameSet = chosen
        .frames
        .parse()
        .map_err(|error| CommandError::new("invalid_frames", sentence(&format!("{error}")), "Nothing was posted."))?;
    if !(1..=1000).contains(&chosen.percent) {
        return Err(CommandError::new(
            "invalid_settings",
            "The resolution is from 1 to 1000 percent.",
            "",
        ));
    }
    if chosen.samples > 1_000_000 {
        return Err(CommandError::new(
            "invalid_settings",
            "At most 1,000,000 samples a pixel.",
            "",
        ));
    }
    let percent = u16::try_from(chosen.percent).unwrap_or(100);
    Ok(RenderSettings {
        frames,
        percent: Some(percent).filter(|&percent| u32::from(percent) != scene.percent),
        samples: Some(chosen.samples).filter(|&samples| samples != 0 && Some(samples) != scene.samples),
        format: match chosen.format {
            FormatChoice::Png => OutputFormat::Png,
            FormatChoice::Exr => OutputFormat::Exr,
            FormatChoice::Jpeg => OutputFormat::Jpeg,
        },
        denoise: if chosen.denoise_off {
            Denoise::Off
        } else {
            Denoise::AsInFile
        },
        scene: Some(chosen.scene.clone()).filter(|name| !name.is_empty()),
    })
}

/// Pixels of a finished frame, as `RE_InitState` of Blender's `render/intern/pipeline.cc` computes them: the
/// percentage rounds down, and a border that crops cuts at whole pixels of the scaled picture.
pub(crate) fn frame_size(scene: &SceneReport, percent: u32) -> (u32, u32) {
    let scaled = |pixels: u32| u32::try_from(u64::from(pixels) * u64::from(percent) / 100).unwrap_or(u32::MAX);
    let (width, height) = (scaled(scene.width), scaled(scene.height));
    let Some(border) = scene.border.filter(|border| border.crop) else {
        return (width.max(1), height.max(1));
    };
    let cut = |low: f32, high: f32, pixels: u32| {
        let pixels = f64::from(pixels);
        let low = (f64::from(low) * pixels) as i64;
        let high = (f64::from(high) * pixels) as i64;
        u32::try_from((high - low).max(1)).unwrap_or(1)
    };
    (
        cut(border.left, border.right, width),
        cut(border.bottom, border.top, height),
    )
}

/// First letter large, full stop at the end.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create::problems::scene::tests::{report, scene};
    use veriframe_blend::Border;

    #[test]
    fn defaults_leave_the_file_as_it_is() {
        let report = report();
        let chosen = defaults(&report, &report.scenes[0]);
        assert_eq!(
            (chosen.frames.as_str(), chosen.percent, chosen.samples),
            ("1-250", 100, 128)
        );
        let settings = settings(&report.scenes[0], &chosen).unwrap();
        assert_eq!((settings.percent, settings.samples), (None, None));
    }

    #[test]
    fn the_range_is_written_as_it_is_read() {
        let mut stepped = scene("Scene");
        stepped.frame_start = -4;
        stepped.frame_end = 4;
        stepped.frame_step = 4;
        let frames: FrameSet = frames_of(&stepped).parse().unwrap();
        assert_eq!(frames.iter().collect::<Vec<_>>(), [-4, 0, 4]);
        stepped.frame_end = -5;
        assert_eq!(frames_of(&stepped), "");
    }

    #[test]
    fn bad_frames_are_said_in_a_sentence() {
        let report = report();
        let chosen = JobSettings {
            frames: "9-3".into(),
            ..defaults(&report, &report.scenes[0])
        };
        let error = settings(&report.scenes[0], &chosen).unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("invalid_frames", "The range 9-3 ends before it starts.")
        );
    }

    #[test]
    fn sizes_round_down_and_borders_cut() {
        let mut bordered = scene("Scene");
        assert_eq!(frame_size(&bordered, 33), (633, 356));
        bordered.border = Some(Border {
            left: 0.25,
            right: 0.75,
            bottom: 0.0,
            top: 0.5,
            crop: true,
        });
        assert_eq!(frame_size(&bordered, 50), (480, 270));
        bordered.border = Some(Border {
            crop: false,
            ..bordered.border.unwrap()
        });
        assert_eq!(frame_size(&bordered, 50), (960, 540));
    }

    #[test]
    fn an_unknown_scene_is_refused_with_the_known_ones() {
        let error = choose(&report(), "Other").unwrap_err();
        assert_eq!(error.hint, "It holds “Scene”.");
        assert_eq!(choose(&report(), "").unwrap().name, "Scene");
    }
}
