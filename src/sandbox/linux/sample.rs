//! What a process tree uses, read from the outer `/proc`.

use std::fs;

use nix::unistd::Pid;

#[derive(Debug, Clone, Copy, Default)]
pub struct Sample {
    /// Bytes: anonymous and shared memory of every process.
    pub memory: u64,
    /// Seconds of processor time, of those that ended and were waited for too.
    pub cpu: f64,
    /// Processes and threads.
    pub tasks: u32,
}

/// The processes below `root`, itself included, each before its children.
pub fn tree(root: Pid) -> Vec<i32> {
    let mut found = vec![root.as_raw()];
    let mut at = 0;
    while let Some(pid) = found.get(at).copied() {
        at += 1;
        let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { continue };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(children.split_ascii_whitespace().filter_map(|child| child.parse::<i32>().ok()));
        }
    }
    found
}

/// Sums over the tree below the first process of the run, which is ours and not counted itself.
pub fn sample(init: Pid, ticks: f64) -> Sample {
    let mut sum = Sample::default();
    for pid in tree(init) {
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // The name stands in brackets and may hold anything.
        let Some((_, fields)) = stat.rsplit_once(") ") else { continue };
        let field: Vec<u64> = fields.split_ascii_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
        let at = |number: usize| field.get(number).copied().unwrap_or(0);
        // proc_pid_stat(5): utime 14, stime 15, cutime 16, cstime 17, num_threads 20; the state, 3, is the first here.
        sum.cpu += (at(11) + at(12) + at(13) + at(14)) as f64 / ticks;
        if pid == init.as_raw() {
            continue;
        }
        sum.tasks += at(17) as u32;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        for line in status.lines() {
            if let Some(value) = line.strip_prefix("RssAnon:").or_else(|| line.strip_prefix("RssShmem:")) {
                let kib: u64 = value.trim().trim_end_matches(" kB").parse().unwrap_or(0);
                sum.memory += kib << 10;
            }
        }
    }
    sum
}
