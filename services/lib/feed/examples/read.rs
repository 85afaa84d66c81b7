//! How fast a folder of feeds becomes commands: `cargo run --release -p feed --example read -- DIR`.

#![allow(clippy::float_arithmetic)]

use feed::Converter;
use feed::files::Lines;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder =
        std::env::args().nth(1).ok_or("expected a folder of feeds as the only argument, found none")?;
    let begun = Instant::now();
    let mut lines = Lines::open(Path::new(&folder))?;
    println!(
        "index    {:>6.3} s  {} lines in {} files",
        begun.elapsed().as_secs_f64(),
        lines.total(),
        lines.files().len()
    );
    let begun = Instant::now();
    let mut bytes = 0;
    while let Some(line) = lines.next_line()? {
        bytes += line.bytes.len();
    }
    println!("read     {:>6.3} s  {bytes} bytes", begun.elapsed().as_secs_f64());
    let mut lines = Lines::open(Path::new(&folder))?;
    let mut converter = Converter::new("shop");
    let (mut good, mut bad, mut sold) = (0, 0, 0);
    let begun = Instant::now();
    while let Some(line) = lines.next_line()? {
        match line.command(&mut converter) {
            Ok(command) => {
                good += 1;
                if let domain::Body::Sale(sale) = &command.body {
                    sold += sale.lines.len();
                }
            }
            Err(error) => {
                bad += 1;
                println!("{} {}: {error}", line.file.name, line.number + 1);
            }
        }
    }
    println!(
        "commands {:>6.3} s  {good} commands, {sold} lines sold, {bad} bad",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}
