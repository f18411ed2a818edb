//! A node as a source.

use super::KuboRpc;
use crate::content::{
    ContentError,
    net::Download,
    source::{Reach, Source},
};
use async_trait::async_trait;
use cid::Cid;

pub(in super::super) struct KuboSource(pub(in super::super) KuboRpc);

#[async_trait]
impl Source for KuboSource {
    fn name(&self) -> &'static str {
        "Kubo"
    }

    async fn block(&self, cid: &Cid) -> Result<Vec<u8>, ContentError> {
        self.0.block(cid).await
    }

    async fn car(&self, root: &Cid, reach: Reach) -> Result<Option<Download>, ContentError> {
        let arg = root.to_string();
        let mut query = vec![("arg", arg.as_str()), ("progress", "false")];
        if reach == Reach::Own {
            query.push(("offline", "true"));
        }
        self.0.call("dag/export", &query).await.map(Some)
    }

    async fn tar(&self, root: &Cid) -> Result<Option<Download>, ContentError> {
        let arg = root.to_string();
        self.0.call("get", &[("arg", &arg)]).await.map(Some)
    }
}
