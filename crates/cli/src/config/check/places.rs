//! Folders and ports.

use super::{Looked, Problem};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use veriframe_app::Home;

/// A file can be made in each folder.
pub fn folders(home: &Home) -> Looked {
    for folder in [home.root().to_owned(), home.coordinator(), home.blocks()] {
        tempfile::NamedTempFile::new_in(&folder)
            .map_err(|error| Problem(format!("{} cannot be written: {error}", folder.display())))?;
    }
    Ok(Some(format!("{} can be written", home.root().display())))
}

/// Nobody listens there yet.
pub async fn listener(addr: SocketAddr) -> Looked {
    match TcpListener::bind(addr).await {
        Ok(_) => Ok(Some(format!("{addr} is free"))),
        Err(error) => Err(Problem(format!("{addr} cannot be listened on: {error}"))),
    }
}
