//! The gateway tier against the gateway of boxo, the library that Kubo is made of.

mod proxy;

use std::{fs, path::Path, time::Duration};
use veriframe_ipfs::{
    BlockStore, ContentStore, cid_of_path,
    content::{Limits, TierSettings, TieredContent, no_progress},
};
use veriframe_peers::{Boxo, BoxoGateway, Profile};

fn client(folder: &Path, gateways: Vec<String>) -> TieredContent {
    let settings = TierSettings {
        gateways,
        ..TierSettings::default()
    };
    let limits = Limits {
        first_pause: Duration::ZERO,
        ..Limits::default()
    };
    TieredContent::with_limits(BlockStore::open(folder).unwrap(), &settings, limits).unwrap()
}
