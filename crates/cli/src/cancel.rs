//! Interrupts: the first asks to stop, the second to stop now.

use tokio_util::sync::CancellationToken;

/// What SIGINT and SIGTERM (Ctrl-C on Windows) turn into.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    /// After the first.
    pub gently: CancellationToken,
    /// After the second.
    pub now: CancellationToken,
}

impl Interrupts {
    /// Listens until the second interrupt. The caller owns the future.
    #[cfg(unix)]
    pub async fn listen(self) {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            tracing::warn!("interrupts cannot be heard; the program ends at once when it is interrupted");
            return;
        };
        for token in [&self.gently, &self.now] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            token.cancel();
        }
    }

    /// Listens until the second interrupt. The caller owns the future.
    #[cfg(not(unix))]
    pub async fn listen(self) {
        for token in [&self.gently, &self.now] {
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            token.cancel();
        }
    }
}
