//! Requests that another site made a browser send (S-08), for every unsafe route there is.

use axum::http::{Method, StatusCode};

use crate::{
    harness::Instance,
    routes::{declared, filled},
};

/// Every route that changes something. A route that is missing here fails the test below.
const UNSAFE: [&str; 26] = [
    "/admin/analyses/{type}/{stance}",
    "/admin/analyses/{type}/{stance}/confirm",
    "/admin/corrections",
    "/admin/corrections/{id}/notes",
    "/admin/drafts",
    "/admin/drafts/{draft}",
    "/admin/notes/{note}/dismiss",
    "/admin/review/{finding}",
    "/admin/sources/{source}/poll",
    "/app/inbox/read",
    "/app/inbox/{alert}/read",
    "/app/settings/leave",
    "/app/settings/mail",
    "/app/settings/password",
    "/app/settings/profile",
    "/app/settings/sessions",
    "/confirm/{token}",
    "/login",
    "/logout",
    "/password/forgot",
    "/password/reset/{token}",
    "/signup",
    "/signup/resend",
    "/theme",
    "/u/{token}",
    "/watch",
];
/// Works from anywhere by design: mail programs send it, without a cookie, and its token allows nothing else.
const EXEMPT: &str = "/u/{token}";

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn no_unsafe_route_takes_a_request_that_another_site_caused() {
    let unsafe_routes: Vec<String> = declared()
        .into_iter()
        .filter(|route| route.post)
        .map(|route| route.path)
        .collect();
    let mut listed: Vec<&str> = UNSAFE.to_vec();
    listed.sort_unstable();
    assert_eq!(unsafe_routes, listed, "the table and the routes differ");

    let instance = Instance::start().await;
    for path in listed {
        let target = filled(path);
        let refused: [&[(&str, &str)]; 6] = [
            &[("sec-fetch-site", "cross-site"), FORM],
            &[("sec-fetch-site", "same-site"), FORM],
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://evil.example"),
                FORM,
            ],
            &[("origin", "http://evil.example"), FORM],
            &[("origin", "http://127.0.0.1:8081"), FORM],
            &[("origin", "null"), FORM],
        ];
        for headers in refused {
            let answer = instance
                .browser()
                .send(Method::POST, &target, headers, String::new())
                .await;
            if path == EXEMPT {
                assert_eq!(
                    answer.status,
                    StatusCode::NOT_FOUND,
                    "{path} {headers:?}: the token is nobody's"
                );
            } else {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
                assert!(answer.body.contains("This request was refused"));
            }
        }
        let taken: [&[(&str, &str)]; 4] = [
            &[("sec-fetch-site", "same-origin"), FORM],
            &[("sec-fetch-site", "none"), FORM],
            &[("origin", "http://127.0.0.1:8080"), FORM],
            &[FORM],
        ];
        for headers in taken {
            let answer = instance
                .browser()
                .send(Method::POST, &target, headers, String::new())
                .await;
            assert_ne!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
}
