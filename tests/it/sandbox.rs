//! The sandbox under attack, beside programs that must go on working.

mod cgroup;
mod corpus;
mod layers;
mod world;

use std::time::Duration;

use fdsp::core::execution::Level;
use fdsp::sandbox::{End, Layers, Limits, Reason};

use world::{World, users};

#[tokio::test(flavor = "multi_thread")]
async fn the_level_is_full_here_for_every_user() {
    for user in users() {
        let world = World::new(user, Layers::ALL).await;
        let report = world.sandbox.report();
        assert_eq!((report.level, report.missing()), (Level::Full, Vec::new()), "{user:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_are_told_apart() {
    let world = World::new(users()[0], Layers::ALL).await;
    let quick = Limits { wall: Duration::from_millis(700), ..Limits::default() };
    assert_eq!(world.python("raise SystemExit(3)", Limits::default()).await.end, End::Exited(3));
    assert_eq!(world.python("import os; os.abort()", Limits::default()).await.end, End::Signalled(6));
    assert_eq!(world.python("import time; time.sleep(60)", quick).await.end, End::Killed(Reason::Wall));
    let busy = Limits { cpu: Duration::from_millis(300), ..Limits::default() };
    assert_eq!(world.python("while True: pass", busy).await.end, End::Killed(Reason::Cpu));
    let slept = world.python("import time; time.sleep(60)", quick).await;
    assert!(slept.seconds < 6.0, "ended {} s after the start, the deadline was 0.7 s", slept.seconds);
}

#[tokio::test(flavor = "multi_thread")]
async fn output_is_capped_and_counted_and_the_result_comes_back() {
    let world = World::new(users()[0], Layers::ALL).await;
    let limits = Limits { output: 1000, ..Limits::default() };
    let code = "import os, sys\nsys.stdout.write('a' * 5000)\nsys.stderr.write('e')\nos.write(int(os.environ['FDSP_RESULT_FD']), b'result')";
    let outcome = world.python(code, limits).await;
    assert_eq!((outcome.stdout.bytes.len(), outcome.stdout.total), (1000, 5000));
    assert_eq!((outcome.stderr.bytes.as_slice(), outcome.stderr.total), (b"e".as_slice(), 1));
    assert_eq!(outcome.result.bytes, b"result");
}

#[tokio::test(flavor = "multi_thread")]
async fn input_and_environment_are_the_jobs_own() {
    let world = World::new(users()[0], Layers::ALL).await;
    let mut job = world.job("import os, sys; print(sorted(os.environ), sys.stdin.read())", Limits::default());
    job.stdin = b"said".to_vec();
    job.env = vec![("ONLY".to_owned(), "this".to_owned())];
    let outcome = world.sandbox.run(&job).await.expect("it runs");
    let said = String::from_utf8_lossy(&outcome.stdout.bytes).into_owned();
    assert!(said.starts_with("['FDSP_RESULT_FD', ") && said.contains("'ONLY'") && said.ends_with("] said\n"), "{said}");
    assert!(!said.contains("PATH") && !said.contains("HOME"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_there_is_told_by_its_name() {
    let world = World::new(users()[0], Layers::ALL).await;
    let mut job = world.job("pass", Limits::default());
    job.program = "/no/such/python".into();
    let error = world.sandbox.run(&job).await.expect_err("it cannot run").to_string();
    assert!(error.contains("/no/such/python cannot be started"), "{error}");
    job.files[0].path = "../outside".to_owned();
    let error = world.sandbox.run(&job).await.expect_err("it cannot run").to_string();
    assert!(error.contains("`../outside` leads out of the working folder"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_takes_the_program_with_it() {
    let world = World::new(users()[0], Layers::ALL).await;
    let job = world.job(
        &format!("import time; time.sleep(300) # {}", world.marker),
        Limits { wall: Duration::from_secs(300), ..Limits::default() },
    );
    let waited = tokio::time::timeout(Duration::from_millis(1500), world.sandbox.run(&job)).await;
    assert!(waited.is_err(), "{waited:?}");
    world.nothing_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_that_goes_away_takes_everything_with_it() {
    let mut world = World::new(users()[0], Layers::ALL).await;
    let job = world.job(
        &format!("import time; time.sleep(300) # {}", world.marker),
        Limits { wall: Duration::from_secs(300), ..Limits::default() },
    );
    let (sandbox, place) = (world.sandbox.clone(), world.other().await);
    let running = tokio::spawn(async move { sandbox.run(&job).await });
    tokio::time::sleep(Duration::from_millis(700)).await;
    running.abort();
    drop(running);
    world.sandbox = place;
    world.nothing_is_left().await;
}
