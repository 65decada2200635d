//! FetchXML.

use super::call::Call;
use super::fault::Fault;
use crate::http::Answer;
use crate::schema::Table;
use crate::store::State;

pub(crate) fn run(_call: &Call<'_>, _state: &State, _table: &Table, _text: &str) -> Result<Answer, Fault> {
    Err(Fault::unsupported("FetchXML"))
}
