// What a Tensor tells about itself, and tensors from elements.
#include "attune/tensor.hpp"

#include <algorithm>
#include <cstring>

#include "attune/inside.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/pooled.hpp"

namespace attune {

using internal::fail;
using internal::Impl;

namespace {

const Impl& described(const char* what, const Tensor& tensor) {
  if (!tensor.defined()) {
    fail(ErrorKind::state, what, "the Tensor is undefined (default constructed or moved from)");
  }
  return *tensor.impl();
}

void check_dtype(const char* what, DType has, DType asked) {
  if (has != asked) {
    fail(ErrorKind::dtype, what, "the elements are {}, not {}: convert with to({})", has, asked,
         name(asked));
  }
}

}  // namespace

DType Tensor::dtype() const { return described("dtype", *this).dtype; }
const Shape& Tensor::shape() const { return described("shape", *this).shape; }
const Shape& Tensor::strides() const { return described("strides", *this).strides; }
int Tensor::dim() const { return described("dim", *this).shape.rank(); }
std::int64_t Tensor::numel() const { return described("numel", *this).numel; }
bool Tensor::is_contiguous() const { return described("is_contiguous", *this).contiguous; }
bool Tensor::has_values() const { return described("has_values", *this).storage != nullptr; }

std::int64_t Tensor::size(int axis) const {
  const Shape& sizes = shape();
  return sizes[internal::checked_axis("size", axis, sizes.rank())];
}

const void* Tensor::read(DType dtype) const {
  const Impl& impl = internal::operand("data", *this);
  check_dtype("data", impl.dtype, dtype);
  return impl.data;
}

const void* Tensor::read_contiguous(DType dtype) const {
  const Impl& impl = internal::operand("values", *this);
  check_dtype("values", impl.dtype, dtype);
  if (!impl.contiguous) {
    fail(ErrorKind::state, "values",
         "a tensor of shape {} with strides {} is no row-major sequence: call contiguous() first",
         impl.shape, impl.strides);
  }
  return impl.data;
}

void* Tensor::write(DType dtype) {
  const Impl& impl = internal::operand("mutable_data", *this);
  check_dtype("mutable_data", impl.dtype, dtype);
  internal::begin_write("mutable_data", *this);
  return impl.data;
}

Number Tensor::number() const {
  const Impl& impl = internal::operand("item", *this);
  if (impl.numel != 1) {
    fail(ErrorKind::shape, "item", "a tensor of shape {} has {} elements, not one", impl.shape,
         impl.numel);
  }
  return internal::visit_dtype(impl.dtype, [&](auto zero) -> Number {
    return *reinterpret_cast<const decltype(zero)*>(impl.data);
  });
}

void Tensor::does_not_fit(Number item, std::int64_t least, std::uint64_t most) {
  const internal::FailValue value = item.is_floating() ? internal::FailValue(item.floating())
                                                       : internal::FailValue(item.integer());
  fail(ErrorKind::value, "item", "the element {} lies outside the type asked for, {} to {}", value,
       least, most);
}

bool Tensor::requires_grad() const { return described("requires_grad", *this).requires_grad; }

Tensor& Tensor::set_requires_grad(bool on) {
  described("set_requires_grad", *this);
  Impl& own = *impl();
  if (!is_floating(own.dtype) && on) {
    fail(ErrorKind::dtype, "set_requires_grad", "a tensor of {} has no derivative: use f32 or f64",
         own.dtype);
  }
  if (own.interior()) {
    fail(ErrorKind::state, "set_requires_grad",
         "the tensor was recorded by {}: only a tensor that was not computed from others can be a "
         "variable (detach() gives one)",
         own.operation);
  }
  own.requires_grad = on;
  if (on)
    own.enter_graph();
  else
    own.leave_graph();
  if (on && own.id == 0) own.id = internal::new_identity();
  return *this;
}

Tensor& Tensor::retain_grad() {
  described("retain_grad", *this);
  Impl& own = *impl();
  if (!own.requires_grad) {
    fail(ErrorKind::state, "retain_grad",
         "the tensor of shape {} has no gradient to keep: it was not computed from one that "
         "requires a gradient, or under NoGrad",
         own.shape);
  }
  own.extra().retain_grad = true;
  if (own.id == 0) own.id = internal::new_identity();
  return *this;
}

Tensor& Tensor::register_hook(std::function<Tensor(const Tensor&)> hook) {
  described("register_hook", *this);
  if (!impl()->requires_grad) {
    fail(ErrorKind::state, "register_hook",
         "the tensor requires no gradient, so no hook would be called");
  }
  if (!hook) fail(ErrorKind::value, "register_hook", "the hook is a null function");
  impl()->extra().hooks.push_back({internal::new_identity(), std::move(hook)});
  return *this;
}

std::string_view Tensor::operation() const {
  const Impl& own = described("operation", *this);
  return own.operation ? own.operation : "";
}

std::string_view Tensor::name() const {
  const Impl& own = described("name", *this);
  return own.extras ? std::string_view(own.extras->name) : std::string_view();
}

Tensor& Tensor::set_name(std::string_view path) {
  described("set_name", *this);
  impl()->extra().name = path;
  return *this;
}

std::uint32_t Tensor::version() const {
  return internal::operand("version", *this).storage->version.load(std::memory_order_relaxed);
}

bool Tensor::shares_storage(const Tensor& other) const noexcept {
  return impl_ && other.impl_ && impl()->storage && impl()->storage == other.impl()->storage;
}

Tensor from_blob(void* elements, DType dtype, const Shape& shape, void (*release)(void* owner),
                 void* owner) {
  const internal::Inside called("from_blob");
  const Tensor tensor = internal::valueless_tensor(shape, dtype);  // checks the sizes
  const auto bytes = static_cast<std::size_t>(tensor.numel()) * size_of(dtype);
  if (bytes > 0 && reinterpret_cast<std::uintptr_t>(elements) % size_of(dtype) != 0) {
    fail(ErrorKind::value, "from_blob", "the address is not a multiple of the {} bytes of {}",
         size_of(dtype), dtype);
  }
  if (bytes > 0 && !elements) {
    fail(ErrorKind::value, "from_blob", "a null address for shape {}", shape);
  }
  tensor.impl()->storage = internal::Storage::adopt(elements, bytes, release, owner);
  tensor.impl()->data = static_cast<std::byte*>(elements);
  return tensor;
}

namespace internal {

Tensor copy_elements(const void* elements, std::size_t count, DType dtype, const Shape& shape) {
  Tensor result = empty_tensor("tensor", shape, dtype);
  if (static_cast<std::size_t>(result.numel()) != count) {
    fail(ErrorKind::shape, "tensor", "{} elements do not fill shape {}, which has {}", count, shape,
         result.numel());
  }
  if (count > 0) std::memcpy(result.impl()->data, elements, count * size_of(dtype));
  return result;
}

namespace {

// The shape of nested braces, from the first entry at each depth.
Shape nested_shape(std::initializer_list<Nested> entries) {
  Shape shape{static_cast<std::int64_t>(entries.size())};
  const std::initializer_list<Nested>* level = &entries;
  while (level->size() > 0 && !level->begin()->leaf) {
    level = &level->begin()->list;
    shape.push_back(static_cast<std::int64_t>(level->size()));
  }
  return shape;
}

void flatten(std::initializer_list<Nested> entries, const Shape& shape, int depth,
             PooledList<Number>& numbers) {
  if (static_cast<std::int64_t>(entries.size()) != shape[depth]) {
    fail(ErrorKind::shape, "tensor",
         "ragged braces: a list at depth {} has {} entries where the first has {}", depth,
         entries.size(), shape[depth]);
  }
  for (const Nested& entry : entries) {
    if (entry.leaf != (depth + 1 == shape.rank())) {
      fail(ErrorKind::shape, "tensor", "ragged braces: numbers and lists side by side at depth {}",
           depth);
    }
    if (entry.leaf)
      numbers.push_back(entry.number);
    else
      flatten(entry.list, shape, depth + 1, numbers);
  }
}

Tensor from_numbers(const char* operation, std::span<const Number> numbers, const Shape& shape,
                    DType dtype) {
  Tensor result = empty_tensor(operation, shape, dtype);
  for (Number number : numbers) check_fits(operation, number, dtype);
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    std::transform(numbers.begin(), numbers.end(), data<T>(result),
                   [](Number number) { return number.as<T>(); });
  });
  return result;
}

}  // namespace
}  // namespace internal

Tensor tensor(std::initializer_list<internal::Nested> entries, DType dtype) {
  const Shape shape = internal::nested_shape(entries);
  internal::PooledList<Number> numbers;
  internal::flatten(entries, shape, 0, numbers);
  return internal::from_numbers("tensor", numbers, shape, dtype);
}

Tensor tensor(std::initializer_list<internal::Nested> entries) {
  const Shape shape = internal::nested_shape(entries);
  internal::PooledList<Number> numbers;
  internal::flatten(entries, shape, 0, numbers);
  DType dtype = numbers.empty() ? f32 : numbers.front().dtype();
  for (Number number : numbers) dtype = promote(dtype, number.dtype());
  return internal::from_numbers("tensor", numbers, shape, dtype);
}

Tensor scalar_tensor(Number value, DType dtype) {
  return internal::from_numbers("scalar_tensor", std::span(&value, 1), Shape{}, dtype);
}
Tensor scalar_tensor(Number value) { return scalar_tensor(value, value.dtype()); }

}  // namespace attune
