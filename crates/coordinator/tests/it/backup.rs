//! A back-up while it runs, and what comes back.

use crate::support::{Client, TestDatabase, World, settings};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use veriframe_coordinator::{BackupError, Places, Settings, back_up, restore};
use veriframe_core::Clock as _;
use veriframe_ipfs::BlockStore;

fn places<'a>(settings: &'a Settings, blocks: &'a BlockStore) -> Places<'a> {
    Places {
        database: settings.the_database(),
        data_dir: &settings.data_dir,
        blocks,
    }
}

fn settings_of(world: &World) -> Settings {
    let mut settings = settings(world.folder.path().join("coordinator"));
    settings.database = world.database.as_ref().map(TestDatabase::database);
    settings
}

/// The middle of a file is another byte.
fn damage(from: &Path, to: &Path) {
    let mut bytes = std::fs::read(from).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(to, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_up_under_load_comes_back_as_it_was() {
    let world = World::start().await;
    let creator = world.client().await;
    let job = creator.post_job(&Client::job(&world.scene(), "1-3")).await;
    let root = world.scene().parse().unwrap();
    world.blocks.pin(&root).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let load = {
        let (worker, stop) = (world.worker().await, Arc::clone(&stop));
        tokio::spawn(async move {
            let mut writes = 0;
            while !stop.load(Ordering::SeqCst) {
                worker.register(&format!("run-{writes}")).await;
                writes += 1;
            }
            writes
        })
    };
    let of_world = settings_of(&world);
    let file = world.folder.path().join("backup.tar");
    let now = world.clock.now();
    let made = back_up(&places(&of_world, &world.blocks), &file, true, now)
        .await
        .unwrap();
    stop.store(true, Ordering::SeqCst);
    assert!(load.await.unwrap() > 0, "nothing was written meanwhile");
    assert_eq!((made.rows["jobs"], made.rows["tasks"]), (1, 3));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let twice = back_up(&places(&of_world, &world.blocks), &file, true, now).await;
    assert!(matches!(twice, Err(BackupError::Exists(_))));

    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::make_empty().await;
    let blocks = BlockStore::open(folder.path().join("blocks")).unwrap();
    let mut other = settings(folder.path().join("coordinator"));
    other.database = database.as_ref().map(TestDatabase::database);
    let bad = folder.path().join("bad.tar");
    damage(&file, &bad);
    let refused = restore(&places(&other, &blocks), &bad, false).await;
    assert!(matches!(refused, Err(BackupError::Damaged(_))), "{refused:?}");
    let restored = restore(&places(&other, &blocks), &file, false).await.unwrap();
    assert_eq!(restored, made);
    let again = restore(&places(&other, &blocks), &file, false).await;
    assert!(matches!(again, Err(BackupError::NotEmpty(_))), "{again:?}");
    restore(&places(&other, &blocks), &file, true).await.unwrap();
    let running = restore(&places(&of_world, &world.blocks), &file, true).await;
    assert!(matches!(running, Err(BackupError::InUse(_))), "{running:?}");

    let second = World::launch(folder, database, Arc::clone(&world.clock), |_| {}).await;
    // The account's token is good here, too: the key came along.
    let creator = second.moved(&creator);
    assert_eq!(creator.show(&job.id).await.name, job.name);
    assert!(second.blocks.is_pinned(&root) && second.blocks.has(&root));
}
