//! The browser's clock, on a page and in a worker.

use wasm_bindgen::JsCast;
use web_sys::Performance;

/// Milliseconds since the page or the worker started; 0 where there is no clock.
pub(super) fn milliseconds() -> f64 {
    let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into());
    performance.ok().and_then(|value| value.dyn_into::<Performance>().ok()).map_or(0.0, |clock| clock.now())
}
