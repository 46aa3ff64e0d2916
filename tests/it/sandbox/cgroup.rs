//! A cgroup for every run, where this machine delegates one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fdsp::sandbox::{End, Layers, Limits, Reason};

use super::world::{World, users};

/// The group that holds a process with the marker on its command line.
fn group_of(folder: &Path, marker: &str) -> Option<PathBuf> {
    let holds = |group: &PathBuf| {
        let members = std::fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
        members.lines().any(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(marker)
        })
    };
    let groups = std::fs::read_dir(folder).expect("the folder of the groups").flatten().map(|entry| entry.path());
    groups.filter(|group| group.file_name().is_some_and(|name| name.to_string_lossy().starts_with("fdsp-"))).find(holds)
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_have_a_group_of_their_own_and_leave_none_behind() {
    for user in users() {
        let world = World::new(user, Layers::ALL).await;
        let folder = match &world.sandbox.report().cgroup {
            Ok(folder) => folder.clone(),
            Err(reason) => {
                assert!(!reason.is_empty());
                eprintln!("skipped for {user:?}: no cgroup v2 is delegated here: {reason}");
                continue;
            }
        };
        let sandbox = world.sandbox.clone();
        let job = world.job(&format!("import time; time.sleep(3) # {}", world.marker), Limits::default());
        let running = tokio::spawn(async move { sandbox.run(&job).await });
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let group = group_of(&folder, &world.marker).unwrap_or_else(|| panic!("{user:?}: no group in {folder:?}"));
        let limit = std::fs::read_to_string(group.join("memory.max")).expect("its limit");
        assert_ne!(limit.trim(), "max", "{user:?}");
        assert_eq!(running.await.expect("a task").expect("it runs").end, End::Exited(0));
        assert!(!group.exists(), "{user:?}: {group:?} was left behind");
        let short = Limits { memory: 64 << 20, ..Limits::default() };
        for attack in ["memory_bomb_in_children", "memory_bomb"] {
            let outcome = world.attack(attack, short).await;
            assert!(
                matches!(outcome.end, End::Killed(Reason::Memory) | End::Exited(1)),
                "{user:?} {attack}: {outcome:?}"
            );
        }
        // A caller that goes away in the middle leaves none either.
        let code = format!("import time; time.sleep(300) # {}", world.marker);
        let job = world.job(&code, Limits { wall: Duration::from_secs(300), ..Limits::default() });
        let waited = tokio::time::timeout(Duration::from_millis(1500), world.sandbox.run(&job)).await;
        assert!(waited.is_err(), "{waited:?}");
        world.nothing_is_left().await;
        assert_eq!(group_of(&folder, &world.marker), None, "{user:?}");
    }
}
