mod cli;

fn main() -> std::process::ExitCode {
    if std::env::args_os().nth(1).is_some_and(|word| word == fdsp::sandbox::SUPERVISOR) {
        return fdsp::sandbox::supervise();
    }
    cli::main()
}
