//! The options of everything that runs tests.

use std::path::PathBuf;

use fdsp::core::execution::Level;
use fdsp::core::settings::Testing;
use fdsp::sandbox::Tester;

#[derive(Debug, Clone, clap::Args)]
pub struct TestArgs {
    /// The Python that runs tests [env: FDSP_PYTHON=]; default: the data set's own environment (`fdsp dataset
    /// prepare`), else python3.
    #[arg(long, value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// The level that the sandbox must reach: full, partial or none; see `fdsp sandbox`.
    #[arg(long, value_name = "LEVEL", default_value_t = Level::Full)]
    pub sandbox_level: Level,
    /// Run tests with nothing to hold them back. Benchmark code deletes files for real; every result is marked.
    #[arg(long)]
    pub unsandboxed: bool,
    /// Supply missing folders, common imports and an item's missing files; marked in every result.
    #[arg(long)]
    pub repair_environment: bool,
    /// Seconds that one test may take.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub test_seconds: u32,
}

impl TestArgs {
    pub fn testing(&self) -> Testing {
        Testing {
            level: if self.unsandboxed { Level::None } else { self.sandbox_level },
            unsandboxed: self.unsandboxed,
            repair_environment: self.repair_environment,
            seconds: self.test_seconds,
            python: self.python.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
        }
    }

    /// For the tests of a data set.
    pub async fn tester(&self, dataset: &str) -> color_eyre::Result<Tester> {
        Ok(Tester::start(&std::env::current_exe()?, &self.testing(), dataset).await?)
    }
}
