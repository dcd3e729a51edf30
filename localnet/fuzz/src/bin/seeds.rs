//! Writes the inputs that every target begins with: `seeds DIRECTORY` makes a folder for each target in it.
//!
//! They are made of the project's own packages as they are now, so that none has to be kept.

use std::path::Path;

// Every crate of this build is instrumented and needs the runtime that counts.
use libfuzzer_sys as _;

fn main() -> std::io::Result<()> {
    let directory = std::env::args_os().nth(1);
    let directory =
        directory.ok_or_else(|| std::io::Error::other("say where to write the seeds"))?;
    for (target, seeds) in valet_fuzz::seeds::all() {
        let folder = Path::new(&directory).join(target);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:03}")), seed)?;
        }
        println!("{target}: {} seeds", seeds.len());
    }
    Ok(())
}
