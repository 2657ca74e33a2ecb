//! The few Python names that a state dict's pickle may refer to.

use crate::{Error, Result};
use burn::tensor::{BoolStore, DType};

/// A name that is known here. None of them is called: each only says which value to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage(DType),
    /// Builds an array that gets type, shape and elements afterwards.
    Reconstruct,
    NdArray,
    ArrayType,
}

impl Global {
    /// The global `module.name`, or an error that names it.
    pub(super) fn resolve(module: &str, name: &str) -> Result<Self> {
        Ok(match (module, name) {
            ("collections", "OrderedDict") => Global::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter,
            // NumPy's modules were renamed in its release 2.
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Global::Reconstruct,
            ("numpy", "ndarray") => Global::NdArray,
            ("numpy", "dtype") => Global::ArrayType,
            ("torch", "FloatStorage") => Global::Storage(DType::F32),
            ("torch", "HalfStorage") => Global::Storage(DType::F16),
            ("torch", "BFloat16Storage") => Global::Storage(DType::BF16),
            ("torch", "DoubleStorage") => Global::Storage(DType::F64),
            ("torch", "LongStorage") => Global::Storage(DType::I64),
            ("torch", "IntStorage") => Global::Storage(DType::I32),
            ("torch", "ShortStorage") => Global::Storage(DType::I16),
            ("torch", "CharStorage") => Global::Storage(DType::I8),
            ("torch", "ByteStorage") => Global::Storage(DType::U8),
            ("torch", "BoolStorage") => Global::Storage(DType::Bool(BoolStore::Native)),
            _ => return Err(refused(module, name)),
        })
    }
}

/// The type of an array's elements by the name that NumPy pickles it with.
pub(super) fn array_type(name: &str) -> Result<DType> {
    Ok(match name {
        "f4" => DType::F32,
        "f2" => DType::F16,
        "f8" => DType::F64,
        "i8" => DType::I64,
        "i4" => DType::I32,
        "i2" => DType::I16,
        "i1" => DType::I8,
        "u1" => DType::U8,
        "b1" => DType::Bool(BoolStore::Native),
        _ => {
            let name: String = name.chars().take(120).collect();
            return Err(Error::WeightsIncompatible(format!(
                "the file has an array of type `{}`, which no network has",
                name.escape_debug()
            )));
        }
    })
}

fn refused(module: &str, name: &str) -> Error {
    // A damaged or hostile name may be as long as the file.
    let name: String = format!("{module}.{name}").chars().take(120).collect();
    Error::WeightsIncompatible(format!(
        "the file refers to `{}`; only a plain state dict is read (nothing was executed): \
         save it with torch.save(model.state_dict(), path)",
        name.escape_debug()
    ))
}
