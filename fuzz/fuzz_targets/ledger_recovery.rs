//! What a crash, or somebody, left in the ledger's files: recovery answers to any bytes.
//!
//! Two ways in: bytes as they come, and a sound log with bytes written over it. Checked is that
//! nothing panics, that what is recovered is a row without gaps whose records are whole, and that
//! damage never costs a record before it.
#![no_main]

use ledger::note::Signer;
use ledger::verify::{Source, verify};
use ledger::{Checkpoint, checkpoint, note, tile, wal};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

/// Files whose every byte is the fuzzer's, but for their names.
struct Left {
    bytes: Vec<u8>,
    segments: Vec<Vec<u8>>,
}

impl Source for Left {
    fn read(&self, path: &str) -> std::result::Result<Option<Vec<u8>>, String> {
        // A signed checkpoint, so that the walk goes on to what the fuzzer wrote.
        if path == "checkpoint" {
            let signer = signer();
            let origin = signer.verifier().name().to_owned();
            let size = u64::from(self.bytes.first().copied().unwrap_or(0)) * 3;
            return Ok(Some(Checkpoint { origin, root: [0; 32], size }.sign(&signer).into_bytes()));
        }
        Ok((!path.contains("x9")).then(|| self.bytes.clone()))
    }

    fn segments(&self) -> std::result::Result<Vec<Vec<u8>>, String> {
        Ok(self.segments.clone())
    }
}

fn signer() -> Signer {
    Signer::new("example.com/fuzz", &[1; 32]).expect("a fixed name")
}

fn sound(input: &mut Unstructured<'_>, first: u64) -> Result<(Vec<u8>, Vec<(usize, Vec<u8>)>)> {
    let mut bytes = wal::header(first, first).to_vec();
    let mut entries = Vec::new();
    for seq in (first..).take(input.int_in_range(0..=20)?) {
        let length = input.int_in_range(1..=300usize)?;
        let entry = vec![seq.to_be_bytes()[7] | 1; length];
        wal::record(&mut bytes, seq, |out| out.extend_from_slice(&entry));
        entries.push((bytes.len(), entry));
    }
    bytes.extend_from_slice(&vec![0; input.int_in_range(0..=64)?]);
    Ok((bytes, entries))
}

fn check_row(segments: &[Vec<u8>], from: u64) {
    let segments: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
    match wal::stitch(&segments, from) {
        Ok(found) => {
            let seqs = found.records.iter().map(|(seq, _)| *seq);
            assert!(seqs.eq((from..).take(found.records.len())));
        }
        Err(hole) => assert!(hole.entry < hole.known_durable),
    }
}

fn run(data: &[u8]) -> Result<()> {
    let mut input = Unstructured::new(data);
    let from = u64::from(input.arbitrary::<u8>()?);
    let (mut bytes, entries) = sound(&mut input, from)?;
    let mut untouched = bytes.len();
    for _ in 0..input.int_in_range(0..=4)? {
        let at = input.choose_index(bytes.len())?;
        bytes[at] = input.arbitrary()?;
        untouched = untouched.min(at);
    }
    if input.arbitrary()? {
        bytes.truncate(input.choose_index(bytes.len())?);
        untouched = untouched.min(bytes.len());
    }
    // Every record that ends before the first byte touched is there, unchanged.
    let whole = entries.iter().take_while(|(end, _)| *end <= untouched).count();
    if let Ok(found) = wal::stitch(&[&bytes], from) {
        assert!(untouched < wal::HEADER_BYTES || found.records.len() >= whole);
        for ((_, found), (_, sound)) in found.records.iter().zip(&entries).take(whole) {
            assert_eq!(found, sound);
        }
    }
    let wild = input.take_rest().to_vec();
    check_row(&[bytes.clone(), wild.clone()], from);
    check_row(&[wild.clone(), bytes.clone()], 0);
    let total: usize = tile::entries(&wild).map(|entry| entry.len() + 2).sum();
    assert!(total <= wild.len());
    let keys = [signer().verifier()];
    let _ = note::open(&wild, &keys);
    let _ = checkpoint::Checkpoint::open(&wild, &keys);
    let left = Left { bytes: wild.clone(), segments: vec![bytes, wild] };
    assert!(!verify(&left, &keys, &[data.to_vec()]).expect("the source reads").is_sound());
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    let _ = run(data);
});
