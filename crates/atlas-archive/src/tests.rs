//! What the archive promises, on a real folder.

use std::{fs, path::PathBuf};

use futures::future::join_all;

use super::*;

struct Folder {
    dir: tempfile::TempDir,
    archive: Archive,
}

fn folder() -> Folder {
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::local(dir.path().join("archive")).unwrap();
    Folder { dir, archive }
}

impl Folder {
    fn file(&self, sha256: Sha256) -> PathBuf {
        let hex = sha256.to_hex();
        let inside = format!(
            "archive/sha256/{}/{}/{hex}.zst",
            hex.get(..2).unwrap(),
            hex.get(2..4).unwrap()
        );
        self.dir.path().join(inside)
    }
    fn files(&self) -> usize {
        fn count(dir: &Path) -> usize {
            fs::read_dir(dir)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .map(|path| if path.is_dir() { count(&path) } else { 1 })
                .sum()
        }
        count(self.dir.path())
    }
}

fn page(words: usize) -> Vec<u8> {
    (0..words)
        .flat_map(|n| format!("word{n} of the policy ").into_bytes())
        .collect()
}

#[tokio::test]
async fn bytes_come_back_exactly_under_the_hash_that_sha256sum_prints() {
    let folder = folder();
    for bytes in [
        Vec::new(),
        b"abc".to_vec(),
        vec![0, 255, 10, 13, 0],
        page(20_000),
        page(200_000),
    ] {
        let stored = folder.archive.put(&bytes).await.unwrap();
        assert_eq!(usize::try_from(stored.byte_count).unwrap(), bytes.len());
        assert_eq!(
            stored.stored_byte_count,
            fs::metadata(folder.file(stored.sha256)).unwrap().len()
        );
        assert_eq!(folder.archive.get(stored.sha256).await.unwrap(), bytes);
        assert!(folder.archive.exists(stored.sha256).await.unwrap());
    }
    let known = Sha256::from_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").unwrap();
    assert_eq!(folder.archive.get(known).await.unwrap(), b"abc");
}

#[tokio::test]
async fn pages_take_a_fraction_of_their_size() {
    let folder = folder();
    let stored = folder.archive.put(&page(20_000)).await.unwrap();
    assert!(stored.stored_byte_count * 5 < stored.byte_count, "{stored:?}");
}

#[tokio::test]
async fn storing_twice_keeps_one_object_and_does_not_touch_it() {
    let folder = folder();
    let first = folder.archive.put(b"policy").await.unwrap();
    let written = fs::metadata(folder.file(first.sha256)).unwrap().modified().unwrap();
    assert_eq!(folder.archive.put(b"policy").await.unwrap(), first);
    assert_eq!(
        fs::metadata(folder.file(first.sha256)).unwrap().modified().unwrap(),
        written
    );
    assert_eq!(folder.files(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_store_one_object() {
    let folder = folder();
    let bytes = page(5_000);
    let puts = (0..32).map(|_| {
        let (archive, bytes) = (folder.archive.clone(), bytes.clone());
        tokio::spawn(async move { archive.put(&bytes).await.unwrap() })
    });
    let stored: Vec<_> = join_all(puts).await.into_iter().map(Result::unwrap).collect();
    assert!(stored.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(folder.files(), 1, "nothing is left beside the object");
    assert_eq!(folder.archive.get(stored[0].sha256).await.unwrap(), bytes);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let folder = folder();
    let sha256 = Sha256([7; 32]);
    assert!(
        matches!(folder.archive.get(sha256).await, Err(ArchiveError::NotFound { sha256: asked }) if asked == sha256)
    );
    assert!(!folder.archive.exists(sha256).await.unwrap());
}

#[tokio::test]
async fn any_flipped_byte_is_noticed() {
    let folder = folder();
    let bytes = page(30);
    let stored = folder.archive.put(&bytes).await.unwrap();
    let file = folder.file(stored.sha256);
    let sound = fs::read(&file).unwrap();
    for index in 0..sound.len() {
        let mut damaged = sound.clone();
        damaged[index] ^= 0x10;
        fs::write(&file, &damaged).unwrap();
        match folder.archive.get(stored.sha256).await {
            Err(ArchiveError::Corrupt { sha256 }) => assert_eq!(sha256, stored.sha256),
            // A bit that the format ignores: then the bytes are the right ones all the same.
            Ok(read) => assert_eq!(read, bytes, "byte {index}"),
            Err(other) => panic!("byte {index}: {other}"),
        }
    }
}

#[tokio::test]
async fn an_object_of_other_bytes_under_a_name_is_corrupt() {
    let folder = folder();
    let stored = folder.archive.put(b"one").await.unwrap();
    let other = folder.archive.put(b"two").await.unwrap();
    fs::copy(folder.file(other.sha256), folder.file(stored.sha256)).unwrap();
    assert!(matches!(
        folder.archive.get(stored.sha256).await,
        Err(ArchiveError::Corrupt { .. })
    ));
}

#[tokio::test]
async fn a_truncated_object_is_corrupt_until_the_bytes_come_again() {
    let folder = folder();
    let bytes = page(500);
    let stored = folder.archive.put(&bytes).await.unwrap();
    let file = folder.file(stored.sha256);
    for kept in [0, 3] {
        let sound = fs::read(&file).unwrap();
        fs::write(&file, &sound[..kept]).unwrap();
        assert!(matches!(
            folder.archive.get(stored.sha256).await,
            Err(ArchiveError::Corrupt { .. })
        ));
        assert_eq!(folder.archive.put(&bytes).await.unwrap(), stored, "cut to {kept} bytes");
        assert_eq!(folder.archive.get(stored.sha256).await.unwrap(), bytes);
    }
}

#[tokio::test]
async fn what_a_killed_writer_left_is_no_snapshot_and_is_in_nobodys_way() {
    let folder = folder();
    let bytes = page(500);
    let sha256 = folder.archive.put(&bytes).await.unwrap().sha256;
    let file = folder.file(sha256);
    let packed = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    // The store writes aside, under the name with `#1`, and links into place: a kill leaves the former.
    fs::write(file.with_extension("zst#1"), &packed[..packed.len() / 2]).unwrap();
    assert!(!folder.archive.exists(sha256).await.unwrap());
    assert!(matches!(
        folder.archive.get(sha256).await,
        Err(ArchiveError::NotFound { .. })
    ));
    folder.archive.put(&bytes).await.unwrap();
    assert_eq!(folder.archive.get(sha256).await.unwrap(), bytes);
}
