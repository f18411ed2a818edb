//! A Kubo node, over its RPC: whoever speaks the same may stand in for it.
//!
//! Source: the Kubo RPC reference, v0. POST only; streams are JSON values one after the other; an error in the middle
//! of a stream comes in a trailer that is not seen here, so the end of a stream is not success.

mod add;
mod import;
mod multipart;
mod rpc;
mod sink;
mod source;
mod status;

pub use rpc::{KuboRpc, NodeId, RepoStat, RpcAuth};
pub(super) use sink::publish;
pub(super) use source::KuboSource;
pub use status::{KuboStatus, OLDEST_GOOD, probe};
