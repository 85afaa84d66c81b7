//! What members are kept under where no settings file is read: `LOTSTREAM_PSEUDONYM_KEY`, or the file that
//! `LOTSTREAM_PSEUDONYM_KEY_FILE` names. The same variables that a deployment's settings read.

use crate::failure::Failure;
use domain::EntityId;
use feed::Identity;

/// As the environment says.
pub(crate) fn of_environment() -> Result<Identity, Failure> {
    let text = |name: &str| std::env::var(name).ok();
    let [identity, key, file] = ["IDENTITY", "PSEUDONYM_KEY", "PSEUDONYM_KEY_FILE"];
    let text = |name: &str| text(&format!("LOTSTREAM_{name}"));
    Identity::configured(text(identity).as_deref(), text(key).as_deref(), text(file).as_deref())
        .map_err(Failure::Other)
}

/// Whether `id` is a whole key, `programme:kind:id`.
pub(crate) fn is_whole(id: &str) -> bool {
    id.splitn(3, ':').count() == 3
}

/// The account that is meant by `id`: a whole key, or the id a partner gives a member of `programme`.
pub(crate) fn account(identity: &Identity, programme: &str, id: &str) -> EntityId {
    if is_whole(id) {
        return EntityId::from_key(id);
    }
    identity.member(programme, id)
}
