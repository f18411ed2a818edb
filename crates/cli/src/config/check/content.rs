//! Where content is fetched from.

use super::{ANSWER_WITHIN, Config, Looked, Problem, redacted};
use veriframe_ipfs::content::kubo::probe;

/// The node answers, and is new enough.
pub async fn kubo(config: &Config) -> Looked {
    let chosen = config.chosen("VERIFRAME_KUBO");
    let Some(url) = chosen.filter(|url| !url.trim().eq_ignore_ascii_case("off")) else {
        return Ok(None);
    };
    let status = probe(url.trim(), None, ANSWER_WITHIN)
        .await
        .map_err(|error| Problem(format!("{}: {error}", redacted(&url))))?;
    let old = if status.is_old {
        "; it is older than it should be"
    } else {
        ""
    };
    Ok(Some(format!("{}: version {}{old}", redacted(&url), status.version)))
}
