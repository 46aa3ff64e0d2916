//! Each wall taken away: what gets through then shows what it is there for. Targets are canaries of the attack's own.

use std::time::Duration;

use fdsp::core::execution::Level;
use fdsp::sandbox::{End, Layer, Layers, Limits, Reason};

use super::world::{User, World, users};

fn without(off: &[Layer]) -> Layers {
    off.iter().fold(Layers::ALL, |layers, layer| layers.without(*layer))
}

/// Walls that are off, and a breach that this opens; without one the walls that are left hold all of it.
const TABLE: &[(&[Layer], Option<&str>)] = &[
    (&[], None),
    (&[Layer::Landlock], None),
    // Landlock knows files, not sockets.
    (&[Layer::Mount], Some("a socket of the host's was reached")),
    (&[Layer::Mount, Layer::Landlock], Some("a file of the caller's was read")),
    (&[Layer::Mount, Layer::Landlock], Some("a file of the caller's was deleted")),
    (&[Layer::Net], None),
    (&[Layer::Net, Layer::Landlock], Some("the host's loopback was reached")),
    (&[Layer::Net, Layer::Landlock], Some("an abstract socket of the host's was reached")),
    (&[Layer::Seccomp], Some("the program can make namespaces")),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_wall_stops_something_and_most_are_doubled() {
    for user in users() {
        for (off, breach) in TABLE {
            let world = World::new(user, without(off)).await;
            let report = world.sandbox.report();
            let found = &report.breaches;
            match breach {
                Some(breach) => assert!(found.iter().any(|known| known == breach), "{user:?} {off:?}: {found:?}"),
                None => assert!(found.is_empty(), "{user:?} {off:?}: {found:?}"),
            }
            assert_eq!(report.level == Level::Full, off.is_empty(), "{user:?} {off:?}: {:?}", report.level);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_user_namespace_root_would_stay_root_and_others_get_no_namespace_at_all() {
    let world = World::new(User::Own, without(&[Layer::User])).await;
    let report = world.sandbox.report();
    if rustix::process::geteuid().is_root() {
        assert!(report.breaches.iter().any(|breach| breach == "the program is root"), "{report:?}");
        assert!(world.sandbox.require(Level::Full).is_err());
    }
    if users().contains(&User::Ordinary) {
        let world = World::new(User::Ordinary, without(&[Layer::User])).await;
        let report = world.sandbox.report();
        assert_eq!(report.level, Level::Partial, "{report:?}");
        let error = world.sandbox.require(Level::Full).expect_err("partial is not full").to_string();
        assert!(
            error.contains("the level `partial`") && error.contains("mount namespace: the kernel refuses it"),
            "{error}"
        );
        // Landlock and seccomp alone: an honest program without a root of its own goes on.
        let outcome = world.python("print(sum(range(10)))", Limits::default()).await;
        assert_eq!((outcome.end, outcome.stdout.bytes.as_slice()), (End::Exited(0), b"45\n".as_slice()));
        assert_eq!(outcome.level, Level::Partial);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_new_privileges_is_set_by_its_own_wall() {
    let doubled = [Layer::Landlock, Layer::Seccomp];
    for (off, set) in [(&doubled[..], "1"), (&[doubled[0], doubled[1], Layer::NoNewPrivs], "0")] {
        let world = World::new(User::Own, without(off)).await;
        let code = "print([line for line in open('/proc/self/status') if line.startswith('NoNewPrivs')][0].split()[1])";
        let outcome = world.python(code, Limits::default()).await;
        assert_eq!(String::from_utf8_lossy(&outcome.stdout.bytes).trim(), set, "{off:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_the_monitor_each_stop_what_the_other_lets_through() {
    let short = Limits { wall: Duration::from_secs(2), memory: 128 << 20, ..Limits::default() };
    let world = World::new(User::Own, without(&[Layer::Rlimits])).await;
    let outcome = world.attack("sparse_file", short).await;
    assert!(String::from_utf8_lossy(&outcome.stdout.bytes).contains("THROUGH"), "only the limits stop a sparse file");
    let world = World::new(User::Own, without(&[Layer::Monitor])).await;
    let outcome = world.attack("memory_bomb_in_children", short).await;
    assert_ne!(outcome.end, End::Killed(Reason::Memory), "only the monitor sees the tree's memory");
}
