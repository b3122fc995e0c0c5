//! `portcullis-verify`: is this ledger what its writer signed?
//!
//! It reads its arguments and prints; the rest is the library's.

use std::ffi::OsString;
use std::process::ExitCode;

use verify::{Asked, run};

const USAGE: &str = "\
portcullis-verify FOLDER --vkey KEY [--checkpoint FILE]... [--format table|json]

Checks every entry, tile and signature of a ledger's folder or of a copy of it.
  FOLDER         a data directory, its folder `ledger`, or a copy of that
  --vkey         the public key, or a file that holds it; get it from whom you trust
  --checkpoint   an older checkpoint kept elsewhere: history before it must be the same
Exit code: 0 sound, 1 not sound, 2 nothing could be checked.";

fn read(arguments: impl Iterator<Item = OsString>) -> Option<Asked> {
    let mut asked = Asked::default();
    let (mut arguments, mut folder) = (arguments, None);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--vkey") => asked.keys.push(arguments.next()?.into_string().ok()?),
            Some("--checkpoint") => asked.checkpoints.push(arguments.next()?.into()),
            Some("--format") => match arguments.next()?.to_str()? {
                "json" => asked.is_json = true,
                "table" => asked.is_json = false,
                _ => return None,
            },
            Some(flag) if flag.starts_with('-') => return None,
            _ if folder.is_none() => folder = Some(argument.into()),
            _ => return None,
        }
    }
    asked.folder = folder?;
    (!asked.keys.is_empty()).then_some(asked)
}

fn main() -> ExitCode {
    let Some(asked) = read(std::env::args_os().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(&asked) {
        Ok((is_sound, text)) => {
            println!("{text}");
            ExitCode::from(u8::from(!is_sound))
        }
        Err(fault) => {
            eprintln!("portcullis-verify: {fault}");
            ExitCode::from(2)
        }
    }
}
