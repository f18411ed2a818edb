use crate::{
    args::CidOf,
    exit::{Exit, Failure},
    output,
};

/// The CID is the first word of the last line.
pub fn run(args: &CidOf) -> Result<(), Failure> {
    let cid = veriframe_ipfs::cid_of_path(&args.path).map_err(|error| {
        let code = if args.path.exists() { "unreadable" } else { "not_found" };
        Failure::new(
            Exit::BadInput,
            code,
            format!("“{}” has no CID: {error}.", args.path.display()),
            "Give a file or a folder that can be read. Symbolic links and special files have none.",
        )
    })?;
    if args.output.json {
        return output::json(&serde_json::json!({ "cid": cid.to_string(), "path": args.path }));
    }
    output::line(&format!("{cid} {}", args.path.display()))
}
