//! Passwords: what is accepted, how they are kept.
//!
//! Invariant: hashing runs beside the async threads, at most two at once with 32 waiting; whoever comes after that is
//! turned away at once rather than queued for ever. Checking an unknown person costs what checking a known one costs.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::Error;

/// Fewest characters: the password is the only factor.
pub const FEWEST_CHARACTERS: usize = 15;
/// Most bytes: far above what a person types.
pub const MOST_BYTES: usize = 1_024;

const AT_ONCE: usize = 2;
const WAITING: usize = 32;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash with our parameters that is no password's: random bytes in place of a digest.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$537+L72vb/+ACS4msR6kOA$fH6ZLnY+kVPBKvq92UKq1kdvh27eifMCY0M6hl711Go";

/// Hashes and checks passwords with Argon2id (19 MiB, 2 passes, 1 lane).
#[derive(Debug, Clone)]
pub struct Passwords {
    slots: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
        }
    }
}

impl Passwords {
    /// The hash of a password in PHC form.
    pub async fn hash(&self, password: SecretString) -> Result<String, Error> {
        self.run(move || hash(password.expose_secret())).await?
    }

    /// Whether a password is the one behind a hash. With `None` (nobody has that address) it is compared with a hash
    /// that nothing matches, so that the answer takes as long.
    pub async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<bool, Error> {
        self.run(move || {
            let known = stored.is_some();
            let stored = stored.as_deref().unwrap_or(NOBODY);
            let stored = PasswordHash::new(stored).map_err(internal)?;
            let matches = engine()?
                .verify_password(password.expose_secret().as_bytes(), &stored)
                .is_ok();
            Ok(matches && known)
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _place = self.queue.try_acquire().map_err(|_| Error::Overloaded)?;
        let _slot = self.slots.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn engine() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, Error> {
    let hashed: PasswordHash = engine()?.hash_password(password.as_bytes()).map_err(internal)?;
    Ok(hashed.to_string())
}

fn internal(cause: impl std::fmt::Display) -> Error {
    Error::internal(cause.to_string())
}

/// Words that people build long passwords from; removing them shows what is left to guess.
const COMMON: [&str; 60] = [
    "password",
    "passwort",
    "passw0rd",
    "p@ssword",
    "motdepasse",
    "contrasena",
    "letmein",
    "welcome",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwerty",
    "azerty",
    "qwertz",
    "asdf",
    "zxcv",
    "abcdefghijklmnopqrstuvwxyz",
    "abcdef",
    "abcd",
    "abc",
    "01234567890",
    "1234567890",
    "0987654321",
    "123456",
    "654321",
    "12345",
    "1234",
    "123",
    "iloveyou",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "superman",
    "batman",
    "princess",
    "sunshine",
    "shadow",
    "master",
    "michael",
    "jordan",
    "trustno1",
    "starwars",
    "pokemon",
    "whatever",
    "freedom",
    "computer",
    "internet",
    "secret",
    "admin",
    "administrator",
    "login",
    "changeme",
    "default",
    "guest",
    "access",
    "correcthorsebatterystaple",
    "thisismypassword",
    "mypassword",
    "test",
];

/// Why a password is not accepted; `None` if it is. `context` holds what others know of the person: address and name.
pub fn refusal(password: &str, context: &[&str]) -> Option<&'static str> {
    if password.chars().count() < FEWEST_CHARACTERS {
        return Some("Use a password of at least 15 characters");
    }
    if password.len() > MOST_BYTES {
        return Some("Use a password of at most 1,024 bytes");
    }
    let plain: String = password
        .to_lowercase()
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    if is_pattern(&plain) {
        return Some("Use a password without a repeating pattern");
    }
    let known = context
        .iter()
        .flat_map(|words| words.split(|letter: char| !letter.is_alphanumeric()))
        .chain(["conductatlas", "conduct", "atlas"])
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= 3);
    let rest = known.fold(plain.clone(), |rest, word| rest.replace(&word, ""));
    if rest.chars().count() < 8 {
        return Some("Use a password that is not made of your name or address");
    }
    let left = COMMON.iter().fold(rest, |rest, word| rest.replace(word, ""));
    if left.chars().filter(|letter| letter.is_alphabetic()).count() < 4 && left.chars().count() < 8 {
        return Some("Use a password that is not on the list of common ones");
    }
    None
}

/// Few different characters, one piece over and over, or neighbours in the alphabet.
fn is_pattern(plain: &str) -> bool {
    let letters: Vec<char> = plain.chars().collect();
    let mut kinds = letters.clone();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 5 {
        return true;
    }
    let repeats = (1..=(letters.len() / 3).min(8)).any(|period| {
        letters
            .iter()
            .zip(letters.iter().skip(period))
            .all(|(first, later)| first == later)
    });
    let steps = letters.iter().zip(letters.iter().skip(1)).filter(|(first, next)| {
        let (first, next) = (u32::from(**first), u32::from(**next));
        first.abs_diff(next) <= 1
    });
    repeats || steps.count() * 10 >= letters.len() * 8
}

#[cfg(test)]
mod tests {
    use super::{Passwords, refusal};

    #[test]
    fn long_phrases_are_welcome_and_guessable_ones_are_not() {
        let context = ["m.okafor@meridian.example", "Maryam Okafor"];
        for good in [
            "the heron waits by the weir",
            "Tr0ub4dor&3-und-mehr",
            "vier Wörter über Nacht ✓",
            &"long passphrase ".repeat(8),
            "jK#9vQ!2mZ@7pL$4",
        ] {
            assert_eq!(refusal(good, &context), None, "{good}");
        }
        for bad in [
            "short",
            "fourteen chars",
            "aaaaaaaaaaaaaaaaaaaa",
            "abababababababababab",
            "abcabcabcabcabcabc",
            "passwordpassword",
            "password12345678",
            "qwertyuiopasdfghjkl",
            "1234567890123456",
            "abcdefghijklmnop",
            "iloveyouiloveyou1",
            "maryamokafor1234",
            "m.okafor@meridian",
            "ConductAtlas2026!",
            "correct horse battery staple",
            "letmeinletmein123!!",
        ] {
            assert!(refusal(bad, &context).is_some(), "{bad} was accepted");
        }
        assert!(refusal(&"ä b1".repeat(400), &[]).is_some());
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_with_our_parameters_and_matches_only_its_password() {
        let passwords = Passwords::default();
        let stored = passwords.hash("the heron waits by the weir".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(
            passwords
                .verify("the heron waits by the weir".into(), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("the heron waits by the wier".into(), Some(stored))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("nobody's password".into(), None).await.unwrap());
    }
}
