//! The attacks, each beside an honest program. `FDSP_CORPUS=100` runs the whole corpus that often.

use std::time::{Duration, Instant};

use fdsp::sandbox::{End, Layers, Limits, Outcome, Reason};

use super::world::{User, World, users};

/// Every attack, and how it may end besides by itself.
const CORPUS: &[(&str, &[End])] = &[
    (
        "fork_bomb",
        &[
            End::Killed(Reason::Wall),
            End::Killed(Reason::Cpu),
            End::Killed(Reason::Processes),
            End::Killed(Reason::Memory),
        ],
    ),
    ("thread_bomb", &[End::Exited(0), End::Killed(Reason::Wall), End::Killed(Reason::Processes)]),
    ("memory_bomb", &[End::Killed(Reason::Memory), End::Exited(1)]),
    ("memory_bomb_in_children", &[End::Killed(Reason::Memory)]),
    ("shared_memory_bomb", &[End::Killed(Reason::Memory), End::Exited(1)]),
    ("disk_fill", &[End::Exited(0)]),
    ("inode_fill", &[End::Exited(0)]),
    ("output_flood", &[End::Killed(Reason::Output), End::Killed(Reason::Wall), End::Killed(Reason::Cpu)]),
    ("sparse_file", &[End::Exited(0)]),
    ("links", &[End::Exited(0)]),
    ("proc", &[End::Exited(0)]),
    ("ptrace", &[End::Exited(0)]),
    ("daemon", &[End::Exited(0)]),
    ("signals", &[End::Signalled(9), End::Exited(0)]),
    ("system_calls", &[End::Exited(0)]),
    ("network", &[End::Exited(0)]),
    ("secrets", &[End::Exited(0)]),
    ("writes", &[End::Exited(0)]),
    ("shut_down", &[End::Exited(0)]),
    ("terminal", &[End::Exited(0)]),
    ("remove_everything", &[End::Exited(0)]),
];

/// The removal of everything visits every file of the machine, however many there are; all others are short.
fn limits(name: &str) -> Limits {
    let (wall, cpu) = if name == "remove_everything" { (60, 60) } else { (4, 3) };
    let (wall, cpu) = (Duration::from_secs(wall), Duration::from_secs(cpu));
    Limits { wall, cpu, memory: 256 << 20, ..Limits::default() }
}

fn said(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout.bytes).into_owned() + &String::from_utf8_lossy(&outcome.stderr.bytes)
}

async fn attacked(world: &World, name: &str, ends: &[End]) -> Result<Outcome, String> {
    let began = Instant::now();
    let limits = limits(name);
    let (outcome, honest) = tokio::join!(world.attack(name, limits), world.attack("honest", Limits::default()));
    let told = said(&outcome);
    if told.contains("THROUGH") {
        return Err(format!("{name}: {told}"));
    }
    if !ends.contains(&outcome.end) {
        return Err(format!("{name} ended as {:?}: {told}", outcome.end));
    }
    // On a quiet machine it is 1 s at most; the whole corpus prints what it saw.
    if outcome.seconds > limits.wall.as_secs_f64() + 5.0 {
        return Err(format!("{name} ended {:.2} s after its start", outcome.seconds));
    }
    if honest.end != End::Exited(0) || said(&honest) != "honest\n" {
        return Err(format!("beside {name}, after {:?}: {:?} {}", began.elapsed(), honest.end, said(&honest)));
    }
    world.is_intact().map_err(|what| format!("{name}: {what}"))?;
    Ok(outcome)
}

async fn whole(user: User) {
    let times: usize = std::env::var("FDSP_CORPUS").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let world = World::new(user, Layers::ALL).await;
    assert_eq!(
        world.sandbox.report().missing(),
        Vec::<String>::new(),
        "no attack is run in a sandbox that is not whole"
    );
    let began = Instant::now();
    let mut failed = Vec::new();
    let mut late = 0.0_f64;
    for _ in 0..times {
        for (name, ends) in CORPUS {
            match attacked(&world, name, ends).await {
                Ok(outcome) => late = late.max(outcome.seconds - limits(name).wall.as_secs_f64()),
                Err(what) => failed.push(what),
            }
        }
    }
    world.nothing_is_left().await;
    println!(
        "{user:?}: {} attacks, {} failed, at most {late:.2} s after the deadline, {:?}",
        times * CORPUS.len(),
        failed.len(),
        began.elapsed()
    );
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attack_is_held_and_honest_programs_go_on() {
    whole(User::Own).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attack_is_held_for_an_ordinary_user_too() {
    if let Some(user) = users().into_iter().find(|user| *user == User::Ordinary) {
        whole(user).await;
    } else {
        println!("the tests run as an ordinary user already");
    }
}
