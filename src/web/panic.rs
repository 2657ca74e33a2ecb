//! What happens when a rule of the engine is broken after all.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

thread_local! {
    static CALLBACK: RefCell<Option<js_sys::Function>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let callback = CALLBACK.with(|callback| callback.borrow().clone());
        if let Some(callback) = callback {
            // Nobody is left to be told of a callback that throws.
            let _ = callback.call1(&JsValue::NULL, &info.to_string().into());
        }
    }));
}

/// Calls `callback` with a message when the module panics, just before its instance dies.
///
/// After a panic no promise of the instance settles: the caller has to discard it.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(callback: js_sys::Function) {
    CALLBACK.with(|slot| *slot.borrow_mut() = Some(callback));
}
