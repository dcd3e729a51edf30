//! Keeps web pages out: a page that a developer visits must not play with the ledger of that developer's machine.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Refused;

/// Let a request through if no browser sent it for a page: it has no `Origin`, and it names this machine as its host, not
/// a name that somebody made point here.
pub(super) async fn only_local_programs(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let from_a_page =
        headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
    if from_a_page || !is_loopback(host) {
        return Refused {
            code: StatusCode::FORBIDDEN,
            message: "the admin service is for programs of this machine, not for web pages: call it at 127.0.0.1"
                .to_owned(),
        }
        .into_response();
    }
    next.run(request).await
}

/// Whether a `Host` header names this machine by its own addresses.
fn is_loopback(host: &str) -> bool {
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_s_own_names_are_let_in() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:9124",
            "localhost:1",
            "[::1]:9",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "game.example",
            "127.0.0.1.game.example:9124",
            "localhost.evil",
            "::1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
