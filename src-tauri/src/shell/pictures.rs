//! `frame://localhost/JOB/FRAME/KIND?exposure=STOPS&v=REVISION`: pictures of frames, straight from the content store.

use crate::backend::Backend;
use tauri::http::{Request, Response, StatusCode, header};
use tauri::{Manager as _, UriSchemeContext, UriSchemeResponder, Wry};
use veriframe_app::{jobs, view::CommandError};

/// What an address asks for.
#[derive(Debug, PartialEq)]
struct Wanted {
    job: String,
    frame: i32,
    /// `thumb`, `full` or `audit`.
    kind: String,
    /// Stops; 0 shows the picture as it is.
    exposure: f32,
    /// With a revision the picture of an address never changes.
    has_revision: bool,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that the handler of a scheme has"
)]
pub fn answer(context: UriSchemeContext<'_, Wry>, request: Request<Vec<u8>>, responder: UriSchemeResponder) {
    let app = context.app_handle().clone();
    let Some(wanted) = wanted(&request) else {
        responder.respond(refusal(StatusCode::BAD_REQUEST));
        return;
    };
    // Ends by itself: it reads one picture. The window may be closed meanwhile, and then nobody is answered.
    tauri::async_runtime::spawn(async move {
        let picture = read(&app.state::<Backend>(), &wanted).await;
        responder.respond(match picture {
            Ok(picture) => response(picture, wanted.has_revision),
            Err(error) => {
                tracing::debug!(%error, ?wanted, "no picture");
                refusal(StatusCode::NOT_FOUND)
            }
        });
    });
}

async fn read(backend: &Backend, wanted: &Wanted) -> Result<jobs::Picture, CommandError> {
    let context = backend.context().await?;
    jobs::picture(&context, &wanted.job, wanted.frame, &wanted.kind, wanted.exposure).await
}

fn wanted(request: &Request<Vec<u8>>) -> Option<Wanted> {
    let mut parts = request.uri().path().trim_matches('/').split('/');
    let (job, frame, kind) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    let query = request.uri().query().unwrap_or_default();
    let value = |name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    };
    let exposure: f32 = value("exposure").map_or(Some(0.0), |stops| stops.parse().ok())?;
    let is_valid = !job.is_empty() && parts.next().is_none() && exposure.is_finite();
    is_valid.then(|| Wanted {
        job: job.to_owned(),
        frame,
        kind: kind.to_owned(),
        exposure: exposure.clamp(-32.0, 32.0),
        has_revision: value("v").is_some_and(|revision| !revision.is_empty()),
    })
}

fn response(picture: jobs::Picture, has_revision: bool) -> Response<Vec<u8>> {
    let keep = if has_revision {
        "private, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    Response::builder()
        .header(header::CONTENT_TYPE, picture.content_type)
        .header(header::CACHE_CONTROL, keep)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(picture.bytes)
        .unwrap_or_else(|_| refusal(StatusCode::INTERNAL_SERVER_ERROR))
}

fn refusal(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(address: &str) -> Option<Wanted> {
        wanted(&Request::builder().uri(address).body(Vec::new()).expect("an address"))
    }

    #[test]
    fn an_address_says_what_is_wanted() {
        let found = parse("frame://localhost/job-1/-3/full?exposure=-1.5&v=abc").expect("valid");
        let expected = Wanted {
            job: "job-1".into(),
            frame: -3,
            kind: "full".into(),
            exposure: -1.5,
            has_revision: true,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn strange_addresses_are_refused() {
        for address in [
            "frame://localhost/",
            "frame://localhost/job/x/full",
            "frame://localhost/job/1",
            "frame://localhost/job/1/full/more",
            "frame://localhost/job/1/full?exposure=NaN",
        ] {
            assert_eq!(parse(address), None, "{address}");
        }
    }
}
