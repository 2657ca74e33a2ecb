//! Errors as JavaScript objects.

use wasm_bindgen::JsValue;

use crate::error::Error;

/// A JavaScript `Error` with the message and, as `code`, the stable code.
pub(super) fn to_js(error: Error) -> JsValue {
    let value: JsValue = js_sys::Error::new(&error.to_string()).into();
    // Setting a property of a new plain object cannot fail.
    let _ = js_sys::Reflect::set(&value, &"code".into(), &error.code().into());
    value
}
