//! Messages to and from JavaScript values. Absent values are `null`, vectors are typed arrays.

use js_sys::{Array, Float32Array, JSON, Reflect};
use serde::Serialize as _;
use serde_wasm_bindgen::Serializer;
use triage_core::protocol::{ErrorCode, Event, Outcome, Request, Response, TriageError};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::JsValue;

/// The number under which a worker speaks for itself rather than for a call.
pub const WORKER_ITSELF: u32 = 0;

/// A message to post.
pub(crate) struct Outgoing {
    pub(crate) value: JsValue,
    /// The buffers to hand over instead of copying them.
    pub(crate) transfer: Array,
}

/// Reads a call; where it is none, gives the number to answer under and what is wrong.
pub(crate) fn read(message: &JsValue) -> Result<Request, (u32, TriageError)> {
    let id = Reflect::get(message, &"id".into())
        .ok()
        .and_then(|id| id.as_f64());
    let id = id.map_or(WORKER_ITSELF, whole);
    let invalid = |fault: &str| {
        let message = format!("the message is not a call of this program ({fault})");
        (id, TriageError::new(ErrorCode::InvalidArgument, message))
    };
    // A value that contains itself can be posted, but would be read without end.
    if JSON::stringify(message).is_err() {
        return Err(invalid("it is not plain data"));
    }
    serde_wasm_bindgen::from_value(message.clone()).map_err(|error| invalid(&error.to_string()))
}

/// Reads what another worker says; nothing where it is no message of this program.
pub(crate) fn read_response(message: &JsValue) -> Option<Response> {
    let get = |value: &JsValue, key: &str| Reflect::get(value, &key.into()).ok();
    let outcome = get(message, "event").and_then(|event| get(&event, "outcome"));
    let arrays = outcome.as_ref().and_then(|outcome| get(outcome, "vectors"));
    // Value by value a vector would take as long as a few layers of the model.
    let arrays = arrays.filter(JsValue::is_array);
    if let (Some(outcome), Some(_)) = (&outcome, &arrays) {
        Reflect::set(outcome, &"vectors".into(), &Array::new()).ok()?;
    }
    let mut response: Response = serde_wasm_bindgen::from_value(message.clone()).ok()?;
    if let (
        Some(arrays),
        Event::Done {
            outcome: Outcome::Vectors { vectors },
        },
    ) = (arrays, &mut response.event)
    {
        for array in arrays.unchecked_into::<Array>().iter() {
            vectors.push(array.dyn_into::<Float32Array>().ok()?.to_vec());
        }
    }
    Some(response)
}

/// Writes an event.
pub(crate) fn write(response: &Response) -> Result<Outgoing, JsValue> {
    let transfer = Array::new();
    let Response {
        id,
        event: Event::Done {
            outcome: Outcome::Vectors { vectors },
        },
    } = response
    else {
        return Ok(Outgoing {
            value: plain(response)?,
            transfer,
        });
    };
    let outcome = Outcome::Vectors {
        vectors: Vec::new(),
    };
    let value = plain(&Response {
        id: *id,
        event: Event::Done { outcome },
    })?;
    let arrays = Array::new();
    for vector in vectors {
        let array = Float32Array::from(vector.as_slice());
        transfer.push(&array.buffer());
        arrays.push(&array);
    }
    let outcome = Reflect::get(&Reflect::get(&value, &"event".into())?, &"outcome".into())?;
    Reflect::set(&outcome, &"vectors".into(), &arrays)?;
    Ok(Outgoing { value, transfer })
}

fn plain(response: &Response) -> Result<JsValue, JsValue> {
    Ok(response.serialize(&Serializer::json_compatible())?)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only numbers that an identifier can hold pass"
)]
fn whole(number: f64) -> u32 {
    let is_id = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    if is_id { number as u32 } else { WORKER_ITSELF }
}
