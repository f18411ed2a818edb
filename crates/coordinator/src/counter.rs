//! Where writes of one kind wait for each other: whoever's turn it is to write serves all that wait, in one transaction.
//!
//! One transaction costs the same for one of them as for a hundred, and there is one writer; so the more workers ask at once,
//! the less each of them costs.

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

/// Those that are served together: who waits meanwhile waits a few milliseconds.
const AT_ONCE: usize = 128;

/// What is asked for at a counter.
pub trait Asked: Clone + Send + Sync + 'static {
    type Answer: Send + 'static;

    /// Where those of this kind wait.
    fn counter(app: &App) -> &Counter<Self>;

    /// One answer for each, in their order. An error is the database's, and everybody's.
    fn serve(
        app: &App,
        tx: &mut WriteTx,
        asked: &[Self],
    ) -> impl Future<Output = ApiResult<Vec<ApiResult<Self::Answer>>>> + Send;
}

struct Waiting<A: Asked> {
    asked: A,
    answer: oneshot::Sender<ApiResult<A::Answer>>,
}

pub struct Counter<A: Asked>(Mutex<VecDeque<Waiting<A>>>);

impl<A: Asked> Default for Counter<A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// Waits at the counter, and is answered once that is written down.
pub async fn ask<A: Asked>(app: &AppState, asked: A) -> ApiResult<A::Answer> {
    let (answer, mut answered) = oneshot::channel();
    A::counter(app).queue().push_back(Waiting { asked, answer });
    tokio::select! {
        biased;
        answer = &mut answered => return answer.unwrap_or_else(|_| Err(dropped())),
        turn = app.store.write() => {
            // Not in this request: it may be dropped with its connection, and others wait for the answer.
            app.tasks.spawn(serve::<A>(Arc::clone(app), turn?));
        }
    }
    answered.await.unwrap_or_else(|_| Err(dropped()))
}

impl<A: Asked> Counter<A> {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Waiting<A>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that wait longest, without those that went away.
    fn take(&self) -> Vec<Waiting<A>> {
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
    ApiError::internal("a request was dropped unanswered")
}

async fn serve<A: Asked>(app: Arc<App>, tx: WriteTx) {
    let waiting = A::counter(&app).take();
    if waiting.is_empty() {
        return;
    }
    let asked: Vec<A> = waiting.iter().map(|waiting| waiting.asked.clone()).collect();
    let answers = match commit(&app, tx, &asked).await {
        Ok(answers) => answers,
        Err(error) if asked.len() == 1 => vec![Err(error)],
        Err(error) => {
            let kind = std::any::type_name::<A>();
            tracing::error!(%error, kind, "several requests could not be served together");
            one_by_one(&app, &asked).await
        }
    };
    for (waiting, answer) in waiting.into_iter().zip(answers) {
        // A worker that went away meanwhile finds its lease expired or, when it comes back, released.
        let _ = waiting.answer.send(answer);
    }
}

async fn commit<A: Asked>(app: &App, mut tx: WriteTx, asked: &[A]) -> ApiResult<Vec<ApiResult<A::Answer>>> {
    let answers = A::serve(app, &mut tx, asked).await?;
    tx.commit().await?;
    Ok(answers)
}

/// What one runs into must not be everybody's trouble.
async fn one_by_one<A: Asked>(app: &App, asked: &[A]) -> Vec<ApiResult<A::Answer>> {
    let mut answers = Vec::with_capacity(asked.len());
    for one in asked {
        let answer = async {
            let tx = app.store.write().await?;
            let mut answers = commit(app, tx, std::slice::from_ref(one)).await?;
            answers.pop().unwrap_or_else(|| Err(dropped()))
        };
        answers.push(answer.await);
    }
    answers
}
