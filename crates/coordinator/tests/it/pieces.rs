//! One still in pieces: each is checked, paid and counted like a frame.

use crate::support::{Client, Picture, World};
use image::{Rgb, RgbImage};
use serde_json::{Value, json};
use veriframe_core::Amount;
use veriframe_wire::{
    ErrorCode,
    job::{Job, JobStatus},
    pieces::{Cut, Pieces},
    worker::WorkersOverview,
};

/// Of 16 x 8 pixels.
fn still(world: &World, frames: &str, cut: &Value) -> Value {
    let mut request = Client::job(&world.scene(), frames);
    request["verification"] = "none".into();
    request["render"]["denoise"] = "off".into();
    request["render"]["pieces"] = json!({ "frame": 12, "cut": cut });
    request
}

fn of_size(world: &World, width: u32, height: u32) -> Picture {
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8 * 8, y as u8 * 9, 77]));
    Picture::of(&world.blocks, image)
}

#[tokio::test]
async fn a_piece_has_to_have_the_size_of_its_place() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let tiles = json!({ "tiles": { "columns": 3, "rows": 1 } });
    let job = creator.post_job(&still(&world, "1-3", &tiles)).await;
    let cut = Cut::Tiles { columns: 3, rows: 1 };
    assert_eq!(job.render.pieces, Some(Pieces { frame: 12, cut }));

    // 16 pixels in three: 5, 5 and 6.
    let (narrow, wide) = (of_size(&world, 5, 8), of_size(&world, 6, 8));
    let whole = of_size(&world, 16, 8);
    let mut refused = Vec::new();
    // A worker that is alone gets the piece once more, and does it right then.
    while let Ok(lease) = worker.claim(&job.id, 3).await {
        assert_eq!(lease.render.pieces, job.render.pieces);
        for task in &lease.tasks {
            let picture = match task.frame {
                2 if refused.is_empty() => &whole,
                3 => &wide,
                _ => &narrow,
            };
            let receipt = worker.hand_in(&lease, &[(&task.id, picture)]).await.unwrap().remove(0);
            if !receipt.accepted {
                refused.push((task.frame, receipt.reason));
            }
        }
    }
    let expected = "The piece has 16 x 8 pixels, the job asks for 5 x 8.".to_owned();
    assert_eq!(refused, [(2, expected)]);

    let job = creator.show(&job.id).await;
    assert_eq!((job.status, job.spent.0), (JobStatus::Complete, Amount::credits(3)));
    assert_eq!(job.refunded.0, Amount::credits(1));
}

#[tokio::test]
async fn every_range_of_samples_is_as_large_as_the_picture() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let ranges = json!({ "sample_ranges": { "pieces": 2, "samples": 16 } });
    let mut request = still(&world, "1-2", &ranges);
    request["render"]["format"] = "exr".into();
    let job = creator.post_job(&request).await;
    // The first rule reads sizes; which format it is shows when the pieces are joined.
    assert_eq!(worker.work_through(&job.id, &of_size(&world, 16, 8)).await, 2);
    assert_eq!(creator.show(&job.id).await.status, JobStatus::Complete);
}

#[tokio::test]
async fn pieces_that_cannot_be_are_refused_before_anything_is_paid() {
    let world = World::start().await;
    let creator = world.client().await;
    let tiles = |columns: u32, rows: u32| json!({ "tiles": { "columns": columns, "rows": rows } });
    let ranges = |pieces: u32, samples: u32| json!({ "sample_ranges": { "pieces": pieces, "samples": samples } });
    let with = |frames: &str, cut: Value, path: &[&str], value: Value| {
        let mut request = still(&world, frames, &cut);
        match path {
            [one, other] => request[*one][*other] = value,
            _ => assert!(path.is_empty()),
        }
        request
    };
    let refused = [
        (with("1-3", tiles(2, 2), &[], Value::Null), "numbers of the pieces"),
        (with("2-5", tiles(2, 2), &[], Value::Null), "numbers of the pieces"),
        (with("1", tiles(1, 1), &[], Value::Null), "2 to 64"),
        (with("1-65", tiles(13, 5), &[], Value::Null), "2 to 64"),
        (with("1-17", tiles(17, 1), &[], Value::Null), "one pixel"),
        (with("1-4", tiles(2, 2), &["summary", "width"], 0.into()), "pixels wide"),
        (
            with("1-4", tiles(2, 2), &["render", "denoise"], "as_in_file".into()),
            "denoised",
        ),
        (
            with(
                "1-4",
                tiles(2, 2),
                &["requirements", "denoiser"],
                "openimagedenoise".into(),
            ),
            "denoised",
        ),
        (with("1-4", ranges(4, 16), &[], Value::Null), "OpenEXR"),
        (
            with("1-4", ranges(4, 3), &["render", "format"], "exr".into()),
            "at least one sample",
        ),
        (
            with("1-4", ranges(4, 16), &["requirements", "engine"], "eevee".into()),
            "Only Cycles",
        ),
    ];
    for (request, why) in refused {
        let answer = creator.post::<Job>("/jobs", &request).await.unwrap_err();
        assert_eq!(answer.code, ErrorCode::InvalidRequest, "{why}");
        assert!(answer.message.contains(why), "{} instead of {why}", answer.message);
    }
    assert_eq!(creator.balance().await, Amount::credits(100));
}

#[tokio::test]
async fn creators_are_told_how_fast_the_idle_are() {
    let world = World::start().await;
    let creator = world.client().await;
    let overview: WorkersOverview = creator.get("/workers/stats/overview").await.unwrap();
    assert_eq!(overview.idle_speeds, Vec::<u32>::new());
    let worker = world.worker().await;
    let overview: WorkersOverview = creator.get("/workers/stats/overview").await.unwrap();
    // Nothing was measured yet: each slot is as fast as any.
    assert_eq!(overview.idle_speeds, vec![1000; overview.free_slots as usize]);
    assert!(overview.free_slots > 0 && worker.address() != creator.address());
}
