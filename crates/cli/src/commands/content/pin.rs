use super::{
    failure::of_store,
    get::bring_here,
    target::{Target, cid_of_text},
    tiers::Around,
};
use crate::{
    args::ContentPin,
    exit::{Exit, Failure},
    output,
};
use veriframe_app::Home;
use veriframe_ipfs::{BlockStore, Cid};

pub fn run(home: &Home, store: &BlockStore, args: &ContentPin) -> Result<(), Failure> {
    let cid = cid_of_text(&args.cid)?;
    if args.remove {
        remove(store, &cid)?;
    } else {
        let _held = store.hold().map_err(|error| of_store(&error))?;
        let whole = Target {
            root: cid,
            path: String::new(),
        };
        let around = Around::new(home, &args.network, &args.output);
        bring_here(&around, store, &whole)?;
        store.pin(&cid).map_err(|error| of_store(&error))?;
    }
    if args.output.json {
        return output::json(&serde_json::json!({ "cid": cid.to_string(), "pinned": !args.remove }));
    }
    output::line(&format!(
        "{cid}  {}",
        if args.remove { "not kept any more" } else { "kept" }
    ))
}

fn remove(store: &BlockStore, cid: &Cid) -> Result<(), Failure> {
    if !store.is_pinned(cid) {
        return Err(Failure::new(
            Exit::BadInput,
            "not_found",
            format!("{cid} is not pinned in this home."),
            "`veriframe content ls` shows what is. A part of a pinned tree is kept with the tree.",
        ));
    }
    store.unpin(cid).map_err(|error| of_store(&error))
}
