//! The Python names that a pickle refers to.

use burn::tensor::{BoolStore, DType};

/// Type of a tensor's elements, or the name of one that no network here has.
pub(super) type ElementType<'a> = Result<DType, &'a str>;

/// A Python name. None is called or looked up: those that are known only say which value to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global<'a> {
    OrderedDict,
    /// A tensor of storage, offset, shape and strides.
    RebuildTensor,
    /// The same with the type of its elements.
    RebuildTypedTensor,
    /// What has a tensor as its first argument, and is one itself.
    Parameter,
    /// A tensor of a class of its own: the function that makes it, the class, the function's arguments.
    RebuildSubclass,
    /// A kind of storage; `None` for one of bytes.
    Storage(Option<ElementType<'a>>),
    ElementType(ElementType<'a>),
    /// Bytes from text.
    Encode,
    /// Builds an array that gets type, shape and elements afterwards.
    Reconstruct,
    /// An array of bytes, type, shape and order.
    FromBuffer,
    NdArray,
    ArrayType,
    /// Any other name: its module, and its name in there.
    Other(&'a str, &'a str),
}

impl<'a> Global<'a> {
    /// The global `module.name`.
    pub(super) fn new(module: &'a str, name: &'a str) -> Self {
        match (module, name) {
            ("collections", "OrderedDict") => Global::OrderedDict,
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Global::RebuildTensor,
            ("torch._utils", "_rebuild_tensor_v3") => Global::RebuildTypedTensor,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state")
            | ("torch.nn" | "torch.nn.parameter", "Parameter" | "Buffer")
            | ("torch.autograd" | "torch.autograd.variable", "Variable") => Global::Parameter,
            ("torch._tensor", "_rebuild_from_type" | "_rebuild_from_type_v2") => Global::RebuildSubclass,
            ("_codecs", "encode") => Global::Encode,
            // NumPy's modules were renamed in its release 2.
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Global::Reconstruct,
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Global::FromBuffer,
            ("numpy", "ndarray") => Global::NdArray,
            ("numpy", "dtype") => Global::ArrayType,
            ("torch" | "torch.cuda" | "torch.storage" | "torch.cuda.storage", _) => torchs(module, name),
            _ => Global::Other(module, name),
        }
    }
}

/// A kind of storage or a type of elements, such as `torch.FloatStorage`, `torch.cuda.FloatTensor` or
/// `torch.float32`; storages of PyTorch 1.10 and newer may be untyped.
fn torchs<'a>(module: &'a str, name: &'a str) -> Global<'a> {
    const OTHERS: [&str; 5] = ["float", "complex", "qint", "quint", "uint"];
    match name.strip_suffix("Storage").or_else(|| name.strip_suffix("Tensor")) {
        Some("Untyped" | "_Untyped" | "Typed" | "_Typed") => Global::Storage(None),
        Some(kind) if !kind.is_empty() => Global::Storage(Some(element_type(kind).ok_or(name))),
        _ => match element_type(name) {
            Some(dtype) => Global::ElementType(Ok(dtype)),
            None if OTHERS.iter().any(|other| name.starts_with(other)) => Global::ElementType(Err(name)),
            None => Global::Other(module, name),
        },
    }
}

/// A type of elements by the name that PyTorch has for it, alone or in that of a storage.
fn element_type(name: &str) -> Option<DType> {
    Some(match name {
        "Float" | "float32" | "float" => DType::F32,
        "Half" | "float16" | "half" => DType::F16,
        "BFloat16" | "bfloat16" => DType::BF16,
        "Double" | "float64" | "double" => DType::F64,
        "Long" | "int64" | "long" => DType::I64,
        "Int" | "int32" | "int" => DType::I32,
        "Short" | "int16" | "short" => DType::I16,
        "Char" | "int8" => DType::I8,
        "Byte" | "uint8" => DType::U8,
        "Bool" | "bool" => DType::Bool(BoolStore::Native),
        _ => return None,
    })
}

/// The type of an array's elements by the name that NumPy pickles it with.
pub(super) fn array_type(name: &str) -> ElementType<'_> {
    Ok(match name.trim_start_matches(['<', '|', '=']) {
        "f4" => DType::F32,
        "f2" => DType::F16,
        "f8" => DType::F64,
        "i8" => DType::I64,
        "i4" => DType::I32,
        "i2" => DType::I16,
        "i1" => DType::I8,
        "u1" => DType::U8,
        "b1" => DType::Bool(BoolStore::Native),
        _ => return Err(name),
    })
}
