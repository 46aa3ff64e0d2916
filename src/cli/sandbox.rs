use std::process::ExitCode;

use clap::Parser;
use fdsp::core::execution::Level;
use fdsp::sandbox::{Layers, Sandbox};
use serde_json::json;

use super::runtime;

/// Shows how well untrusted code is held back here: every wall, and what an attack at start got through.
#[derive(Debug, Parser)]
pub struct Args {
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

fn shown(text: &str) -> String {
    fdsp::core::escape::line(text, fdsp::core::escape::TAB)
}

pub fn main(args: Args) -> color_eyre::Result<ExitCode> {
    let program = std::env::current_exe()?;
    let sandbox = runtime()?.block_on(Sandbox::start(&program, Layers::ALL))?;
    let report = sandbox.report();
    if args.json {
        let layers: Vec<_> = report
            .layers
            .iter()
            .map(|(layer, state)| json!({"layer": layer, "stands": state.is_ok(), "reason": state.as_ref().err()}))
            .collect();
        let cgroup = json!({"folder": report.cgroup.as_ref().ok(), "reason": report.cgroup.as_ref().err()});
        println!("{}", json!({"level": report.level, "layers": layers, "breaches": report.breaches, "cgroup": cgroup}));
    } else {
        println!("level: {}\n", report.level);
        for (layer, state) in &report.layers {
            match state {
                Ok(()) => println!("  yes  {}", layer.as_str()),
                Err(reason) => println!("  no   {}: {reason}", layer.as_str()),
            }
        }
        match &report.cgroup {
            Ok(folder) => println!("\nEvery run has a cgroup of its own below {}.", shown(&folder.to_string_lossy())),
            Err(reason) => println!("\nNo cgroup v2 for runs, and no level needs one: {}", shown(reason)),
        }
        match report.breaches.as_slice() {
            [] => println!("\nThe attack at start got nowhere."),
            breaches => {
                println!("\nThe attack at start got through:");
                breaches.iter().for_each(|breach| println!("  {breach}"));
            }
        }
        if report.level < Level::Full {
            println!(
                "\nTests need the level full unless --sandbox-level says otherwise. Most often user namespaces are off:\n  \
                 sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0"
            );
        }
    }
    Ok(if report.level == Level::Full { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
