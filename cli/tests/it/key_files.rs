//! Key files that were attacked or damaged: told as what they are, and left as they were. (D3, D13; threat 36.)

use std::fs;

use crate::stage::Stage;

const STEP: [&str; 5] = ["call", "arena::step", "1", "--pin-file", "pin"];

fn with_session() -> Stage {
    let (stage, owner) = Stage::with_arena();
    let start = [
        "session",
        "start",
        "--actions",
        "all",
        "--with",
        "arena::join",
        "--pin-file",
        "pin",
        "--yes",
    ];
    stage.json(Some(&owner), &start);
    stage
}

#[test]
fn d13_t36_a_damaged_key_file_is_told_as_what_it_is_and_left_alone() {
    let stage = with_session();
    let file = stage.path("valet-session/vault");
    let journal = fs::read(stage.path("valet-session/journal")).expect("a journal");
    let whole = fs::read(&file).expect("a key");
    let refused = |bytes: &[u8], says: &str| {
        fs::write(&file, bytes).expect("a file");
        let error = stage.error(None, 1, &STEP);
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains(says), "{says}: {error}");
        assert!(error["remedy"].is_string(), "{error}");
        assert_eq!(fs::read(&file).expect("a key"), bytes);
    };
    for length in [0, 3, 5, whole.len() / 2, whole.len() - 1] {
        let says = format!("it ends after {length} bytes");
        refused(&whole[..length], &says);
    }
    for place in [whole.len() / 3, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[place] ^= 1;
        refused(&flipped, "does not open: it is damaged");
    }
    let longer = [&whole[..], b"x"].concat();
    refused(&longer, "does not open: ");
    let mut newer = whole.clone();
    newer[8] = newer[8].wrapping_add(1);
    refused(&newer, "it has format version ");
    refused(
        b"This is a letter, as long as it has to be to be taken for a key, and no key at all. This is a letter.",
        "it is not a sealed session key",
    );
    let now = fs::read(stage.path("valet-session/journal")).expect("a journal");
    assert_eq!(now, journal);
    fs::write(&file, &whole).expect("a file");
    stage.json(None, &STEP);
}

#[test]
fn d13_t36_what_is_in_a_folders_place_is_told() {
    let stage = with_session();
    fs::write(stage.path("letter"), "no folder").expect("a file");
    let at = |place: &'static str| [&STEP[..], &["--session", place]].concat();
    let error = stage.error(None, 2, &at("letter"));
    assert_eq!(error["message"], "there is no session key in letter");
    fs::create_dir_all(stage.path("odd/vault")).expect("a folder");
    let error = stage.error(None, 1, &at("odd"));
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("odd/vault is not a plain file")),
        "{error}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = stage.path("valet-session/vault");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("rights");
        let error = stage.error(None, 1, &STEP);
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| text.contains("is open to other users (mode 644)")),
            "{error}"
        );
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("rights");
    }
    fs::remove_file(stage.path("valet-session/journal")).expect("removed");
    let error = stage.error(None, 1, &STEP);
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains("the journal valet-session/journal is damaged")),
        "{error}"
    );
}
