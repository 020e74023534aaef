//! Tokens for the links in mails.
//!
//! Invariant: an unsubscribe token can end one list of one account and nothing else; a single-use token is worth
//! something only while the database holds its hash. Each purpose has its own key, derived from the one secret.

use atlas_domain::{AccountId, DeliveryId, Sha256};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

const UNSUBSCRIBE: &str = "unsubscribe";
const SINGLE_USE: &str = "single-use";
/// Longer texts are no token of ours and are not even decoded.
const MAX_TOKEN_BYTES: usize = 1_024;

/// A kind of mail that a person can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailList {
    /// One mail for each change that matters.
    Alerts,
    /// The weekly summary.
    Digest,
}

impl MailList {
    /// The fixed word, as stored in `unsubscription.list`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Digest => "digest",
        }
    }
    /// The words as pages show them.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Alerts => "same-day alerts",
            Self::Digest => "the weekly digest",
        }
    }
}

#[derive(Debug, Deserialize)]
struct UnsubscribeClaims {
    sub: uuid::Uuid,
    list: MailList,
}

/// A token that ends one list for one account: a JWT (HS256, audience `unsubscribe`) without an expiry.
pub fn unsubscribe_token(secret: &SecretString, account: &AccountId, list: MailList) -> String {
    // Written out rather than serialised, so that making a link can't fail; read back by the library.
    let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#);
    let claims = URL_SAFE_NO_PAD.encode(format!(
        r#"{{"aud":"{UNSUBSCRIBE}","sub":"{account}","list":"{}"}}"#,
        list.as_str()
    ));
    let signed = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(sign(secret, UNSUBSCRIBE, signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// The account and the list that a token ends; `None` if it is not one of ours.
pub fn verify_unsubscribe_token(secret: &SecretString, token: &str) -> Option<(AccountId, MailList)> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_required_spec_claims(&["aud", "sub"]);
    rules.set_audience(&[UNSUBSCRIBE]);
    rules.validate_exp = false;
    let key = DecodingKey::from_secret(&derived_key(secret, UNSUBSCRIBE));
    let claims = jsonwebtoken::decode::<UnsubscribeClaims>(token, &key, &rules)
        .ok()?
        .claims;
    Some((AccountId(claims.sub), claims.list))
}

/// The secret of a link that works once (confirm, reset): the same for every attempt to send one delivery.
///
/// 43 characters of base64url; only its [`token_hash`] is stored.
pub fn single_use_token(secret: &SecretString, delivery: &DeliveryId) -> String {
    URL_SAFE_NO_PAD.encode(sign(secret, SINGLE_USE, delivery.uuid().as_bytes()))
}

/// What is stored of a token: SHA-256 of its characters.
///
/// Looking a token up by this hash leaks nothing through time: whoever can choose hashes can't choose them freely.
pub fn token_hash(token: &str) -> Sha256 {
    Sha256(sha2::Sha256::digest(token.as_bytes()).into())
}

fn derived_key(secret: &SecretString, purpose: &str) -> [u8; 32] {
    let mut hash = sha2::Sha256::new();
    hash.update(b"conductatlas\0");
    hash.update(purpose.as_bytes());
    hash.update(b"\0");
    hash.update(secret.expose_secret().as_bytes());
    hash.finalize().into()
}

fn sign(secret: &SecretString, purpose: &str, message: &[u8]) -> [u8; 32] {
    // A key of exactly one block: HMAC pads shorter keys with zeros, so this equals HMAC with the 32-byte key.
    let mut block = [0u8; 64];
    for (slot, byte) in block.iter_mut().zip(derived_key(secret, purpose)) {
        *slot = byte;
    }
    let mut mac = Hmac::<sha2::Sha256>::new(&block.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header};

    use super::*;

    #[derive(Serialize)]
    struct Claims {
        aud: &'static str,
        sub: AccountId,
        list: MailList,
    }

    fn secret() -> SecretString {
        SecretString::from("a secret of the tests, long enough".to_owned())
    }

    #[test]
    fn a_token_ends_one_list_of_one_account() {
        let account = AccountId::generate();
        for list in [MailList::Alerts, MailList::Digest] {
            let token = unsubscribe_token(&secret(), &account, list);
            assert_eq!(verify_unsubscribe_token(&secret(), &token), Some((account, list)));
            assert_eq!(
                token,
                unsubscribe_token(&secret(), &account, list),
                "stable across retries"
            );
            assert!(token.len() < 300 && token.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }

    #[test]
    fn a_token_that_was_touched_or_made_by_others_is_worth_nothing() {
        let account = AccountId::generate();
        let token = unsubscribe_token(&secret(), &account, MailList::Alerts);
        let other = SecretString::from("another secret".to_owned());
        assert_eq!(verify_unsubscribe_token(&other, &token), None);
        for index in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let touched = String::from_utf8(bytes).unwrap();
            let verified = verify_unsubscribe_token(&secret(), &touched);
            // The last character of a base64url text carries unused bits; the library refuses those as well.
            assert_eq!(verified, None, "character {index}");
        }
        for text in [
            "",
            ".",
            "..",
            "a.b.c",
            &"x".repeat(5_000),
            &single_use_token(&secret(), &DeliveryId::generate()),
        ] {
            assert_eq!(verify_unsubscribe_token(&secret(), text), None);
        }
    }

    #[test]
    fn other_audiences_and_algorithms_are_refused() {
        let sub = AccountId::generate();
        let key = derived_key(&secret(), UNSUBSCRIBE);
        let encode = |algorithm, aud| {
            let claims = Claims {
                aud,
                sub,
                list: MailList::Digest,
            };
            jsonwebtoken::encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(&key)).unwrap()
        };
        let same = encode(Algorithm::HS256, UNSUBSCRIBE);
        assert_eq!(
            verify_unsubscribe_token(&secret(), &same),
            Some((sub, MailList::Digest))
        );
        assert_eq!(
            verify_unsubscribe_token(&secret(), &encode(Algorithm::HS256, "session")),
            None
        );
        assert_eq!(
            verify_unsubscribe_token(&secret(), &encode(Algorithm::HS512, UNSUBSCRIBE)),
            None
        );
        let none = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#),
            same.split('.').nth(1).unwrap()
        );
        assert_eq!(verify_unsubscribe_token(&secret(), &none), None);
    }

    #[test]
    fn a_single_use_token_is_stable_for_its_delivery_and_unlike_any_other() {
        let (one, two) = (DeliveryId::generate(), DeliveryId::generate());
        let token = single_use_token(&secret(), &one);
        assert_eq!(token, single_use_token(&secret(), &one));
        assert_ne!(token, single_use_token(&secret(), &two));
        assert_eq!(token.len(), 43);
        assert_ne!(token_hash(&token), token_hash(&single_use_token(&secret(), &two)));
    }
}
