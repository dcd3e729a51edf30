#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valet_fuzz::program::run(data));
