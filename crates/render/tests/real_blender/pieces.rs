use crate::common::{LONG, installation, options, pixels, settings};
use std::path::Path;
use veriframe_core::{
    Denoise, OutputFormat,
    pieces::{Cut, Still},
};
use veriframe_render::{
    Installation, RenderError, Session, SessionOptions, SessionSettings,
    image_check::{Limits, Pixels, Samples, compare, decode},
    join::Joiner,
};

fn asked(format: OutputFormat, still: Option<Still>) -> SessionSettings {
    SessionSettings {
        format,
        denoise: Denoise::Off,
        still,
        ..settings()
    }
}

async fn open(
    installation: &Installation,
    scene: &str,
    settings: SessionSettings,
    work: &Path,
) -> Result<Session, RenderError> {
    Session::start(SessionOptions {
        settings,
        ..options(installation, scene, work)
    })
    .await
}

/// The frame as it is rendered whole, and in pieces that are joined.
async fn whole_and_joined(scene: &str, format: OutputFormat, still: Still) -> Option<(Pixels, Pixels)> {
    let installation = installation().await?;
    let work = tempfile::tempdir().unwrap();
    let mut session = open(&installation, scene, asked(format, None), work.path())
        .await
        .unwrap();
    let whole = session.render(still.frame, |_| (), LONG).await.unwrap();
    session.close().await;
    let whole = pixels(&whole.path);

    let mut session = open(&installation, scene, asked(format, Some(still)), work.path())
        .await
        .unwrap();
    let mut joiner = Joiner::new(still, format);
    // From the last to the first: no piece depends on those before it.
    for number in (1..=still.count().cast_signed()).rev() {
        let piece = session.render(number, |_| (), LONG).await.unwrap();
        assert_eq!(
            (piece.frame, Some((piece.width, piece.height))),
            (number, still.piece_size(number))
        );
        joiner.add(number, &std::fs::read(&piece.path).unwrap()).unwrap();
    }
    assert!(matches!(
        session.render(still.count().cast_signed() + 1, |_| (), LONG).await,
        Err(RenderError::NoSuchPiece(_))
    ));
    session.close().await;
    let joined = decode(&joiner.finish().unwrap(), Limits::default()).unwrap();
    Some((whole, joined))
}

fn still(width: u32, height: u32, cut: Cut) -> Still {
    Still {
        frame: 3,
        width,
        height,
        cut,
    }
}

#[tokio::test]
async fn tiles_of_cycles_are_the_whole_picture() {
    let tiles = still(160, 90, Cut::Tiles { columns: 3, rows: 2 });
    let Some((whole, joined)) = whole_and_joined("animated", OutputFormat::Exr, tiles).await else {
        return;
    };
    assert_eq!(whole, joined);
    let (whole, joined) = whole_and_joined("animated", OutputFormat::Png, tiles).await.unwrap();
    // The file asks for dithering, and Blender lays its noise out from the corner of the tile: a step of 8 bits or two.
    let difference = compare(&whole, &joined);
    assert!(
        difference.max < 2.5 / 255.0 && difference.differing == 0.0,
        "{difference:?}"
    );
}

#[tokio::test]
async fn tiles_stay_inside_the_border_of_the_file() {
    // From 0.2 to 0.7 of 160, and from 0.1 to 0.9 of 90 pixels.
    let tiles = still(80, 72, Cut::Tiles { columns: 3, rows: 5 });
    let Some((whole, joined)) = whole_and_joined("bordered", OutputFormat::Png, tiles).await else {
        return;
    };
    assert_eq!((whole.width, whole.height), (80, 72));
    assert_eq!(whole, joined);
}

#[tokio::test]
async fn tiles_of_workbench_are_the_whole_picture() {
    let tiles = still(160, 90, Cut::Tiles { columns: 2, rows: 2 });
    let Some((whole, joined)) = whole_and_joined("drawn", OutputFormat::Png, tiles).await else {
        return;
    };
    assert!(compare(&whole, &joined).equal);
}

#[tokio::test]
async fn ranges_of_samples_average_to_the_whole_picture() {
    let ranges = still(160, 90, Cut::SampleRanges { pieces: 4, samples: 9 });
    let Some((whole, joined)) = whole_and_joined("light", OutputFormat::Exr, ranges).await else {
        return;
    };
    let (Samples::Float(whole), Samples::Float(joined)) = (whole.samples, joined.samples) else {
        panic!("not light")
    };
    let mut furthest = 0.0_f32;
    for (one, other) in whole.iter().zip(&joined) {
        // Light of a few units, in 32 bits, added up in another order.
        furthest = furthest.max((one - other).abs() / one.abs().max(1.0));
    }
    eprintln!("furthest: {furthest:e}");
    assert!(whole.len() == joined.len() && furthest < 1e-5, "{furthest:e}");
}

#[tokio::test]
async fn a_picture_of_another_size_is_refused_before_it_is_rendered() {
    let Some(installation) = installation().await else {
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let refusal = async |scene, still| {
        let started = open(&installation, scene, asked(OutputFormat::Exr, Some(still)), work.path()).await;
        match started {
            Err(RenderError::Unsupported(why)) => why,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it was opened"),
        }
    };
    let tiles = Cut::Tiles { columns: 2, rows: 2 };
    let ranges = Cut::SampleRanges { pieces: 2, samples: 8 };
    assert!(refusal("animated", still(161, 90, tiles)).await.contains("160 x 90"));
    assert!(refusal("half_empty", still(160, 90, tiles)).await.contains("border"));
    assert!(refusal("drawn", still(160, 90, ranges)).await.contains("ranges"));
}
