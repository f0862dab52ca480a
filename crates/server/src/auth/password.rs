//! Passwords: hashed with argon2id, off the async threads, a few at a time.
//!
//! A hash takes some 20 MB and 30 ms of a core on purpose. So it runs on the blocking threads, and no more than [`AT_ONCE`] do, whether or not those who
//! asked still listen; so many more may wait, and the rest is told to come again. An address nobody has costs as much as a wrong password, so that the
//! time does not tell which addresses there are.

use std::sync::{Arc, LazyLock};

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use recado_model::Entropy as _;
use tokio::sync::Semaphore;

use crate::{
    clock::SystemEntropy,
    http::{error::ApiError, mistake::FieldMistake, problem_code::ProblemCode},
};

/// Characters that a password has at least.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Characters that a password has at most.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Hashes computed at once.
const AT_ONCE: usize = 2;
/// Those who may wait for one.
const WAITING_MAX: usize = 32;

static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));
static WAITING: Semaphore = Semaphore::const_new(AT_ONCE + WAITING_MAX);
/// What a password is compared with when there is nobody of that address.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

/// Whether a new password is long enough and not too long.
pub fn check(field: &str, password: &str) -> Result<(), ApiError> {
    let chars = password.chars().count();
    if chars < PASSWORD_CHARS_MIN {
        return Err(ApiError::field(field, FieldMistake::TooShort { min: PASSWORD_CHARS_MIN }));
    }
    if chars > PASSWORD_CHARS_MAX {
        return Err(ApiError::field(field, FieldMistake::TooLong { max: PASSWORD_CHARS_MAX }));
    }
    Ok(())
}

/// The hash of a password, in PHC form.
pub async fn hash(password: String) -> Result<String, ApiError> {
    let hashed = in_turn(move || hash_now(&password)).await?;
    hashed.ok_or_else(|| ApiError::internal("the password could not be hashed"))
}

/// Whether it is the password of this hash. `None` stands for a hash of nobody.
pub async fn is_right(password: String, hash: Option<String>) -> Result<bool, ApiError> {
    if password.chars().count() > PASSWORD_CHARS_MAX {
        return Ok(false);
    }
    let somebody = hash.is_some();
    let compared = in_turn(move || {
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok()
    });
    Ok(compared.await? && somebody)
}

/// Does it on a blocking thread, once there is a place. The place is free again when it is done, not when nobody listens any more.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    let busy = || ApiError::new(ProblemCode::Busy, "too many are signing in; try again in a second");
    let waits = WAITING.try_acquire().map_err(|_| busy())?;
    let place = Arc::clone(&PLACES).acquire_owned().await.map_err(|_| busy())?;
    let done = tokio::task::spawn_blocking(move || {
        let result = work();
        drop(place);
        result
    });
    let done = done.await.map_err(|_| ApiError::internal("the password could not be hashed"));
    drop(waits);
    done
}

fn hash_now(password: &str) -> Option<String> {
    let mut salt = [0; 16];
    SystemEntropy.fill(&mut salt);
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hashed.ok().map(|hash: argon2::password_hash::phc::PasswordHash| hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let hashed = hash("correct horse".to_owned()).await.unwrap();
        assert!(hashed.starts_with("$argon2id$"), "{hashed}");
        assert!(is_right("correct horse".to_owned(), Some(hashed.clone())).await.unwrap());
        assert!(!is_right("correct horsf".to_owned(), Some(hashed)).await.unwrap());
        assert!(!is_right("nobody has this password".to_owned(), None).await.unwrap());
    }

    #[test]
    fn a_short_and_an_endless_password_are_refused() {
        assert!(check("password", "123456789").is_err());
        assert!(check("password", "1234567890").is_ok());
        assert!(check("password", &"é".repeat(PASSWORD_CHARS_MAX)).is_ok());
        assert!(check("password", &"é".repeat(PASSWORD_CHARS_MAX + 1)).is_err());
    }
}
