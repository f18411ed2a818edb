use super::{
    failure::{of_import, of_store},
    key,
    tiers::Around,
};
use crate::{args::ContentPut, commands::progress, exit::Failure, output};
use serde::Serialize;
use veriframe_app::{Home, jobs::text};
use veriframe_ipfs::{BlockStore, ImportOptions, Keeping};

#[derive(Serialize)]
struct Answer<'a> {
    cid: String,
    bytes: u64,
    files: u32,
    pinned: bool,
    referenced: bool,
    sealed: bool,
    /// The stores besides this one that confirmed that they have all of it.
    published: &'a [String],
    /// Only one that was made here: nobody else has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

pub fn run(home: &Home, store: &BlockStore, args: &ContentPut, cancelled: &dyn Fn() -> bool) -> Result<(), Failure> {
    let given = if args.seal {
        key::given(args.key.as_ref())?
    } else {
        None
    };
    let made = if args.seal && given.is_none() {
        Some(key::made()?)
    } else {
        None
    };
    let options = ImportOptions {
        keeping: if args.reference {
            Keeping::References
        } else {
            Keeping::Copies
        },
        seal: given.as_ref().or(made.as_ref()),
    };
    let bar = progress::bytes("Taking in", args.output.json);
    let mut tell = |now: veriframe_ipfs::Progress| {
        bar.set_length(now.total);
        bar.set_position(now.done);
    };
    if !args.reference {
        store.make_room_for(&args.path).map_err(|error| of_store(&error))?;
    }
    // From before the first block until the pin: a collection in between would take the blocks away.
    let _held = store.hold().map_err(|error| of_store(&error))?;
    let imported = store
        .import(&args.path, &options, &mut tell, cancelled)
        .map_err(|error| of_import(&error))?;
    if !args.no_pin {
        store.pin(&imported.root).map_err(|error| of_store(&error))?;
    }
    bar.finish_and_clear();
    let around = Around::new(home, &args.network, &args.output);
    let published = if around.sends() {
        around.publish(store, imported.root)?.confirmed_by
    } else {
        Vec::new()
    };
    let key = made.as_ref().map(veriframe_ipfs::SealKey::to_text);
    let key = key.as_ref().map(|key| key.as_str());
    if args.output.json {
        return output::json(&Answer {
            cid: imported.root.to_string(),
            bytes: imported.bytes,
            files: imported.files,
            pinned: !args.no_pin,
            referenced: args.reference,
            sealed: args.seal,
            published: &published,
            key,
        });
    }
    if let Some(key) = key {
        output::line(&format!("Key: {key}"))?;
        output::note("Keep the key: nobody can read the content without it.");
    }
    for store in &published {
        output::line(&format!("Kept by: {store}"))?;
    }
    output::line(&format!(
        "{}  {}  {}",
        imported.root,
        text::bytes(imported.bytes),
        text::count(u64::from(imported.files), "file", "files")
    ))
}
