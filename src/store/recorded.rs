/// Runs that come with the program, as `fdsp export` wrote them.
pub const RECORDED: &[&[u8]] = &[
    include_bytes!("../../datasets/recorded/starter-all.jsonl.gz"),
    include_bytes!("../../datasets/recorded/starter-tests.jsonl.gz"),
];
