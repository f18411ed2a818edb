//! Where claims wait for each other: whoever's turn it is to write serves all that wait, in one transaction.
//!
//! One transaction costs the same for one claim as for a hundred, and there is one writer; so the more workers claim at once,
//! the less each claim costs.

use super::hand_out::hand_out;
use crate::{
    app::{App, AppState},
    error::{ApiError, ApiResult},
    store::WriteTx,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;
use veriframe_core::Address;
use veriframe_wire::lease::Lease;

/// Claims that are served together: those that wait meanwhile wait a few milliseconds.
const AT_ONCE: usize = 128;

/// What a worker asks for.
#[derive(Clone, Debug)]
pub struct Claim {
    pub worker: Address,
    pub job: String,
    /// The most tasks wanted.
    pub asked: Option<u32>,
}

struct Waiting {
    claim: Claim,
    answer: oneshot::Sender<ApiResult<Lease>>,
}

#[derive(Default)]
pub struct Counter(Mutex<VecDeque<Waiting>>);

impl Counter {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn ask(&self, app: &AppState, claim: Claim) -> ApiResult<Lease> {
        let (answer, mut answered) = oneshot::channel();
        self.queue().push_back(Waiting { claim, answer });
        tokio::select! {
            biased;
            lease = &mut answered => return lease.unwrap_or_else(|_| Err(dropped())),
            turn = app.store.write() => {
                // Not in this request: it may be dropped with its connection, and others wait for the answer.
                app.tasks.spawn(serve(Arc::clone(app), turn?));
            }
        }
        answered.await.unwrap_or_else(|_| Err(dropped()))
    }

    /// Those that wait longest, without those that went away.
    fn take(&self) -> Vec<Waiting> {
        let mut queue = self.queue();
        let mut taken = Vec::new();
        while taken.len() < AT_ONCE
            && let Some(waiting) = queue.pop_front()
        {
            if !waiting.answer.is_closed() {
                taken.push(waiting);
            }
        }
        taken
    }
}

fn dropped() -> ApiError {
    ApiError::internal("a claim was dropped unanswered")
}

async fn serve(app: Arc<App>, tx: WriteTx) {
    let waiting = app.claims.take();
    let claims: Vec<Claim> = waiting.iter().map(|waiting| waiting.claim.clone()).collect();
    let answers = match commit(&app, tx, &claims).await {
        Ok(answers) => answers,
        Err(error) if claims.len() == 1 => vec![Err(error)],
        Err(error) => {
            tracing::error!(%error, "several claims could not be served together");
            one_by_one(&app, &claims).await
        }
    };
    for (waiting, answer) in waiting.into_iter().zip(answers) {
        // A worker that went away meanwhile finds its lease expired or, when it comes back, released.
        let _ = waiting.answer.send(answer);
    }
}

async fn commit(app: &App, mut tx: WriteTx, claims: &[Claim]) -> ApiResult<Vec<ApiResult<Lease>>> {
    let answers = hand_out(app, &mut tx, claims).await?;
    tx.commit().await?;
    Ok(answers)
}

/// What one claim runs into must not be everybody's trouble.
async fn one_by_one(app: &App, claims: &[Claim]) -> Vec<ApiResult<Lease>> {
    let mut answers = Vec::with_capacity(claims.len());
    for claim in claims {
        let answer = async {
            let tx = app.store.write().await?;
            let mut answers = commit(app, tx, std::slice::from_ref(claim)).await?;
            answers.pop().unwrap_or_else(|| Err(dropped()))
        };
        answers.push(answer.await);
    }
    answers
}
