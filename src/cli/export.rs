use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use color_eyre::eyre::WrapErr;
use fdsp::store::{Exported, Store, StoreError};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Global;

#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The run's name, or a beginning of it that only this run has.
    run: String,
    /// The file to write; default: standard output. Compressed when its name ends in `.gz`.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Compress with gzip, whatever the name.
    #[arg(long)]
    compress: bool,
    /// Labels too, not the run's own events alone.
    #[arg(long)]
    labels: bool,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    super::runtime()?.block_on(async {
        let store = global.store().await?;
        let run = store.find_run(&args.run).await?.id;
        let compress =
            args.compress || args.output.as_ref().is_some_and(|path| path.extension() == Some("gz".as_ref()));
        let Some(path) = &args.output else {
            write(&store, &run, &args, compress, std::io::stdout()).await?;
            return Ok(ExitCode::SUCCESS);
        };
        let counts = to_file(&store, &run, &args, compress, path).await.wrap_err_with(|| path.display().to_string())?;
        eprintln!("{}: {} items, {} events, {} texts", path.display(), counts.items, counts.events, counts.blobs);
        Ok(ExitCode::SUCCESS)
    })
}

/// Beside the file first: what stands under the name is always whole.
async fn to_file(store: &Store, run: &str, args: &Args, compress: bool, path: &Path) -> color_eyre::Result<Exported> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let result = async {
        let file = File::create(&part)?;
        let counts = write(store, run, args, compress, file.try_clone()?).await?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        Ok(counts)
    }
    .await;
    if result.is_err() {
        // What is left of it helps nobody; the error that matters is the first.
        let _ = std::fs::remove_file(&part);
    }
    result
}

async fn write(
    store: &Store,
    run: &str,
    args: &Args,
    compress: bool,
    out: impl Write + Send,
) -> Result<Exported, StoreError> {
    let mut out = BufWriter::new(out);
    if !compress {
        return store.export(run, args.labels, &mut out).await;
    }
    let failed = |error: std::io::Error| StoreError::Write { message: error.to_string() };
    let mut packed = GzEncoder::new(out, Compression::best());
    let counts = store.export(run, args.labels, &mut packed).await?;
    packed.finish().and_then(|mut out| out.flush()).map_err(failed)?;
    Ok(counts)
}
