//! What the screens show, drawn by the real views over the fixture.

use fdsp::tui::app::Start;

use crate::support::bench::Bench;

#[test]
fn look() {
    for size in [(160, 45), (80, 24)] {
        let mut bench = Bench::on("sql-row-count", size);
        println!("{}", bench.screen());
        println!("{}", bench.keys("1").screen());
        println!("{}", bench.keys("3").screen());
        println!("{}", bench.keys("4").screen());
        println!("{}", bench.keys("esc").screen());
        println!("{}", bench.keys("esc").screen());
        println!("{}", bench.keys("?").screen());
    }
    let _ = Start::Runs;
}
