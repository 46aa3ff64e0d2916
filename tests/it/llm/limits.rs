//! Answers that are too long, too slow or never end.

use super::*;

#[test]
fn an_answer_over_the_limit_is_cut() {
    let server = Server::start(|_, _| Reply::text("é".repeat(600)).chunks(100));
    let error = ask(&ModelConfig { answer_limit: 101, ..config(&server) }).unwrap_err();
    assert_eq!((error.reason, error.tries), (Reason::TooLarge, 1));
    assert_eq!(error.partial.as_deref(), Some("é".repeat(50).as_str()), "100 bytes: a character is never cut");
}

#[test]
fn a_line_that_never_ends_is_given_up() {
    let pieces = vec!["x".repeat(32 * 1024); 8];
    let server = Server::start(move |_, _| Reply::raw(&pieces).hang_after(8));
    let error = ask(&ModelConfig { answer_limit: 1000, ..config(&server) }).unwrap_err();
    assert_eq!(error.reason, Reason::TooLarge);
}

#[test]
fn silence_before_the_first_text_ends_at_its_deadline() {
    // Before any byte; after the head; after a chunk that holds the role alone; under keepalives.
    let keepalives = Reply::raw(vec![": busy\n\n"; 1000]).pause(Duration::from_millis(20));
    for reply in [Reply::text("x").hang_after(0), Reply::text("x").hang_after(1), keepalives] {
        let server = Server::start(move |_, _| reply.clone());
        let mut config = config(&server);
        config.deadlines.first_token = Duration::from_millis(200);
        let error = ask(&config).unwrap_err();
        assert_eq!((error.reason, error.tries, error.partial), (Reason::FirstToken, 1, None));
        assert!(error.message.contains("0.2 s"), "{}", error.message);
    }
}

#[test]
fn silence_in_the_middle_is_tried_again_and_keeps_its_bytes() {
    let server = Server::start(|_, _| Reply::text("abcd").chunks(4).hang_after(3));
    let mut config = config(&server);
    config.tries = 2;
    config.deadlines.idle = Duration::from_millis(1000);
    let error = ask(&config).unwrap_err();
    assert_eq!((error.reason, error.tries, error.partial.as_deref()), (Reason::Idle, 2, Some("ab")));
}

#[test]
fn a_slow_drip_is_no_silence_but_ends_at_the_total() {
    let drip = |pause| Reply::text("x".repeat(1000)).chunks(1000).pause(Duration::from_millis(pause));
    let server = Server::start(move |_, _| drip(20));
    let mut config = config(&server);
    config.deadlines.total = Duration::from_millis(1500);
    let error = ask(&config).unwrap_err();
    assert_eq!((error.reason, error.tries), (Reason::Total, 1));
    assert!(error.partial.is_some_and(|text| text.starts_with('x')));
}
