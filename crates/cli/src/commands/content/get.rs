use super::{
    failure::{of_export, of_resolve, of_store, of_tree},
    key,
    target::{self, Target},
    tiers::Around,
};
use crate::{
    args::ContentGet,
    commands::progress,
    exit::{Exit, Failure},
    output,
};
use veriframe_app::{Home, jobs::text};
use veriframe_ipfs::{BlockStore, Cid, Progress, StoreError, TreeError, gateway::ResolveError};

pub fn run(home: &Home, store: &BlockStore, args: &ContentGet, cancelled: &dyn Fn() -> bool) -> Result<(), Failure> {
    let target = target::of_text(&args.target)?;
    let dest = std::path::absolute(&args.out)?;
    let key = key::given(args.key.as_ref())?;
    if let Some(key) = &key {
        store.unlock(key);
    }
    let _held = store.hold().map_err(|error| of_store(&error))?;
    let around = Around::new(home, &args.network, &args.output);
    let cid = bring_here(&around, store, &target)?;
    let sealed = store.is_sealed(&cid).map_err(|error| of_tree(&error))?;
    let bar = progress::bytes("Writing", args.output.json);
    let mut bytes = 0;
    let mut tell = |now: Progress| {
        bytes = now.total;
        bar.set_length(now.total);
        bar.set_position(now.done);
    };
    match (sealed, &key) {
        (true, None) => return Err(sealed_without_key(&target)),
        (true, Some(key)) => store.export_sealed(&cid, key, &dest, &mut tell, cancelled),
        (false, _) => store.export_tree(&cid, &dest, &mut tell, cancelled),
    }
    .map_err(|error| of_export(&error))?;
    bar.finish_and_clear();
    if args.output.json {
        return output::json(&serde_json::json!({
            "cid": cid.to_string(), "path": dest, "bytes": bytes, "sealed": sealed,
        }));
    }
    output::line(&format!("{cid}  {}  {}", text::bytes(bytes), dest.display()))
}

/// Sees to it that everything below `target` is in the store, and says which CID that is.
pub fn bring_here(around: &Around<'_>, store: &BlockStore, target: &Target) -> Result<Cid, Failure> {
    let resolve = || store.resolve(&target.root, &target.path);
    let resolved = match resolve() {
        Err(ResolveError::Tree(TreeError::Store(StoreError::Missing(_)))) => {
            // Which blocks the path needs is known only to whoever has them: all of it comes.
            around.fetch(store, target.root)?;
            resolve()
        }
        resolved => resolved,
    };
    let cid = resolved.map_err(|error| of_resolve(&error))?.target;
    if !store
        .missing_blocks(&cid, 1)
        .map_err(|error| of_tree(&error))?
        .is_empty()
    {
        around.fetch(store, cid)?;
    }
    Ok(cid)
}

fn sealed_without_key(target: &Target) -> Failure {
    Failure::new(
        Exit::BadInput,
        "sealed",
        format!("{target} is sealed: only those with its key can read it."),
        "Nothing was written. Give the key with --key or VERIFRAME_SCENE_KEY.",
    )
}
