//! Whether one big still is posted in pieces.

use super::scene::sentence;
use crate::view::CommandError;
use veriframe_blend::{Report, SceneReport};
use veriframe_core::{
    Amount, Denoise, Engine, FrameSet, OutputFormat, RenderSettings,
    pieces::{Around, Cut, Still, Wish},
    schedule::split::{self, Split, split},
};

/// Seconds that each piece pays anew beside fetching: opening the scene, building it, handing the picture in.
const OVERHEAD_SECONDS: f64 = 15.0;
/// Bytes a second with which a worker fetches a scene that it does not have.
const FETCHED_A_SECOND: f64 = 10e6;
/// Up to here Cycles draws the samples of a range as it draws them for the whole picture. Above, the table of its
/// sequence is as long as the range, and the average has more noise than the whole (measured, see docs/adr/011-pieces.md).
const SAMPLES_THAT_ADD_UP: u32 = 256;

/// What is known of the frame when it is posted.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub report: &'a Report,
    pub scene: &'a SceneReport,
    pub settings: &'a RenderSettings,
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// A pixel; 0 for engines without.
    pub samples: u32,
    /// Estimated, on a worker of speed 1.
    pub seconds: f64,
}

/// How the frame is cut; `None`: it is rendered whole. `idle`: speeds of workers that could take a piece now.
pub fn cut(wish: Wish, frame: Frame<'_>, idle: &[f64]) -> Result<Option<Cut>, CommandError> {
    let cut = match wish {
        Wish::Never => return Ok(None),
        Wish::Auto => match obstacle(frame) {
            None => when_it_pays(frame, idle),
            Some(_) => None,
        },
        Wish::Tiles { columns, rows } => Some(Cut::Tiles { columns, rows }),
        Wish::SampleRanges { pieces } => Some(Cut::SampleRanges {
            pieces,
            samples: frame.samples,
        }),
    };
    let Some(cut) = cut else {
        return Ok(None);
    };
    if let Some(obstacle) = obstacle(frame) {
        return Err(refused(obstacle));
    }
    check(cut, frame).map_err(|refusal| refused(&refusal.to_string()))?;
    Ok(Some(cut))
}

fn refused(why: &str) -> CommandError {
    CommandError::new("invalid_settings", sentence(why), "Or render the picture whole.")
}

/// Why no way of cutting gives the picture that the whole render gives.
fn obstacle(frame: Frame<'_>) -> Option<&'static str> {
    let Frame { scene, settings, .. } = frame;
    if settings.frames.len() != 1 {
        return Some("Only a single frame is rendered in pieces.");
    }
    if scene.denoise.is_some() && settings.denoise == Denoise::AsInFile {
        return Some("A denoiser has to see the whole picture. Turn denoising off.");
    }
    if scene.compositor || scene.sequencer {
        return Some("The compositor and the sequencer change the picture as a whole.");
    }
    if scene.border.is_some_and(|border| !border.crop) {
        return Some("The scene renders a border and leaves the rest of the picture empty.");
    }
    None
}

fn check(cut: Cut, frame: Frame<'_>) -> Result<(), veriframe_core::pieces::NoPieces> {
    let still = Still {
        frame: frame.settings.frames.first(),
        width: frame.width,
        height: frame.height,
        cut,
    };
    // A cut into too many is refused for its number, whatever the units are.
    let last = i32::try_from(still.count()).unwrap_or(i32::MAX).clamp(1, 1000);
    let units = FrameSet::range(1, last, 1).unwrap_or_else(|_| frame.settings.frames.clone());
    still.check(Around {
        units: &units,
        engine: &Engine::from_blender(&frame.scene.engine),
        format: frame.settings.format,
        denoise: Denoise::Off,
        has_denoiser: false,
    })
}

fn when_it_pays(frame: Frame<'_>, idle: &[f64]) -> Option<Cut> {
    let Frame { scene, settings, .. } = frame;
    // What the others draw at a pixel depends on its neighbours (ambient occlusion, bloom, smoothing): a tile's border
    // could show, so that is for the artist to ask.
    if Engine::from_blender(&scene.engine) != Engine::Cycles {
        return None;
    }
    let outside: u64 = frame
        .report
        .dependencies
        .iter()
        .map(|dependency| dependency.bytes)
        .sum();
    let bytes = frame.report.bytes.saturating_add(outside);
    let still = split::Still {
        work: frame.seconds,
        overhead: OVERHEAD_SECONDS + bytes as f64 / FETCHED_A_SECOND,
        width: frame.width,
        height: frame.height,
        samples: frame.samples,
        denoised: false,
        samples_add_up: settings.format == OutputFormat::Exr && !scene.adaptive && frame.samples <= SAMPLES_THAT_ADD_UP,
    };
    match split(&still, idle) {
        Split::Whole => None,
        Split::Tiles { columns, rows } => Some(Cut::Tiles { columns, rows }),
        Split::SampleRanges { pieces } => Some(Cut::SampleRanges {
            pieces,
            samples: frame.samples,
        }),
    }
}

/// The price of each piece: that of the frame divided by their number, rounded up, and so that all of them fit below the cap.
pub fn price(frame: Amount, cut: Option<Cut>, cap: Amount) -> Amount {
    let Some(cut) = cut else {
        return frame;
    };
    let pieces = u128::from(cut.count().max(1));
    let even = frame.units().div_ceil(pieces);
    Amount::from_units(even.min(cap.units() / pieces))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create::{
        problems::scene::tests::{report, scene as a_scene},
        scene,
    };
    use veriframe_blend::Border;

    type Obstacle = fn(&mut SceneReport, &mut RenderSettings);

    fn decide(
        wish: &str,
        seconds: f64,
        idle: &[f64],
        change: impl FnOnce(&mut SceneReport, &mut RenderSettings),
    ) -> Result<Option<Cut>, String> {
        let report = report();
        let mut scene = SceneReport {
            denoise: None,
            compositor: false,
            ..a_scene("Scene")
        };
        let mut settings = scene::settings(&scene, &scene::defaults(&report, &scene)).unwrap();
        settings.frames = "7".parse().unwrap();
        settings.format = OutputFormat::Exr;
        change(&mut scene, &mut settings);
        let frame = Frame {
            report: &report,
            scene: &scene,
            settings: &settings,
            width: 3840,
            height: 2160,
            samples: 2048,
            seconds,
        };
        cut(wish.parse().unwrap(), frame, idle).map_err(|error| error.message)
    }

    #[test]
    fn an_hour_is_shared_among_those_who_are_idle() {
        let tiles = Some(Cut::Tiles { columns: 4, rows: 2 });
        assert_eq!(decide("auto", 3600.0, &[1.0; 8], |_, _| ()), Ok(tiles));
        assert_eq!(decide("never", 3600.0, &[1.0; 8], |_, _| ()), Ok(None));
        assert_eq!(decide("auto", 20.0, &[1.0; 8], |_, _| ()), Ok(None));
        assert_eq!(decide("auto", 3600.0, &[], |_, _| ()), Ok(None));
    }

    #[test]
    fn what_cutting_would_change_stays_whole() {
        let eevee = |scene: &mut SceneReport, _: &mut RenderSettings| scene.engine = "BLENDER_EEVEE".into();
        assert_eq!(decide("auto", 3600.0, &[1.0; 8], eevee), Ok(None));
        let tiles = Some(Cut::Tiles { columns: 2, rows: 2 });
        assert_eq!(decide("2x2", 1.0, &[], eevee), Ok(tiles), "the artist asked for it");
        let obstacles: [(Obstacle, &str); 4] = [
            (|_, settings| settings.frames = "1-2".parse().unwrap(), "single frame"),
            (|scene, _| scene.denoise = Some("openimagedenoise".into()), "denoiser"),
            (|scene, _| scene.compositor = true, "compositor"),
            (
                |scene, _| {
                    scene.border = Some(Border {
                        left: 0.0,
                        right: 0.5,
                        bottom: 0.0,
                        top: 0.5,
                        crop: false,
                    });
                },
                "border",
            ),
        ];
        for (change, why) in obstacles {
            assert_eq!(decide("auto", 3600.0, &[1.0; 8], change), Ok(None), "{why}");
            let refusal = decide("2x2", 3600.0, &[1.0; 8], change).unwrap_err();
            assert!(refusal.contains(why), "{refusal}");
        }
        let off = |scene: &mut SceneReport, settings: &mut RenderSettings| {
            scene.denoise = Some("openimagedenoise".into());
            settings.denoise = Denoise::Off;
        };
        assert_eq!(decide("2x2", 1.0, &[], off), Ok(tiles));
    }

    #[test]
    fn a_wish_has_to_be_possible() {
        let ranges = Some(Cut::SampleRanges {
            pieces: 4,
            samples: 2048,
        });
        assert_eq!(decide("samples:4", 1.0, &[], |_, _| ()), Ok(ranges));
        assert!(
            decide("samples:65", 1.0, &[], |_, _| ())
                .unwrap_err()
                .contains("2 to 64")
        );
        assert!(
            decide("9000x9000", 1.0, &[], |_, _| ())
                .unwrap_err()
                .contains("2 to 64")
        );
        let png = |_: &mut SceneReport, settings: &mut RenderSettings| settings.format = OutputFormat::Png;
        assert!(decide("samples:4", 1.0, &[], png).unwrap_err().contains("OpenEXR"));
    }

    #[test]
    fn the_pieces_cost_what_the_frame_costs_and_never_more_than_the_cap() {
        let cut = |pieces| Some(Cut::SampleRanges { pieces, samples: 99 });
        let units = Amount::from_units;
        assert_eq!(price(units(100), None, units(100)), units(100));
        assert_eq!(price(units(100), cut(3), units(120)), units(34));
        assert_eq!(price(units(100), cut(3), units(100)), units(33));
        for pieces in 2..=64 {
            let each = price(units(1_000_003), cut(pieces), units(1_000_100));
            let all = each.checked_mul(u64::from(pieces)).unwrap();
            assert!((units(1_000_003)..=units(1_000_100)).contains(&all), "{pieces}");
        }
    }
}
