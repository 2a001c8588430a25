// Tensor's methods that are recorded, and writing in place.
#include "attune/mode.hpp"
#include "attune/ops.hpp"
#include "attune/record.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"

namespace attune {

using internal::begin_write;
using internal::contiguous_copy;
using internal::fail;
using internal::operand;

Tensor Tensor::clone() const {
  return record("clone", contiguous_copy("clone", *this, operand("clone", *this).dtype),
                wrt(*this, [](const Tensor& g) { return g; }));
}

Tensor Tensor::to(DType dtype) const {
  if (operand("to", *this).dtype == dtype) return *this;
  // Backward brings a gradient to the type of its input.
  return record({"to", {{"dtype", attune::name(dtype)}}}, contiguous_copy("to", *this, dtype),
                wrt(*this, [](const Tensor& g) { return g; }));
}

Tensor Tensor::contiguous() const {
  if (operand("contiguous", *this).contiguous) return *this;
  return record("contiguous", contiguous_copy("contiguous", *this, dtype()),
                wrt(*this, [](const Tensor& g) { return g; }));
}

Tensor Tensor::detach() const {
  operand("detach", *this);
  return internal::view_of(*this, shape(), strides(), 0);
}

Tensor Tensor::operator[](std::int64_t index) const { return select(*this, 0, index); }

Tensor& Tensor::copy_(const Tensor& source) {
  operand("copy_", source);
  operand("copy_", *this);
  if (broadcast_shapes("copy_", shape(), source.shape()) != shape()) {
    fail(ErrorKind::shape, "copy_", "a source of shape {} does not fit into shape {}",
         source.shape(), shape());
  }
  begin_write("copy_", *this);
  if (shares_storage(source))
    internal::copy(contiguous_copy("copy_", source, dtype()), *this);
  else
    internal::copy(source, *this);
  return *this;
}

Tensor& Tensor::fill_(Number value) {
  begin_write("fill_", *this);
  internal::fill(*this, value);
  return *this;
}

namespace {

template <class Other>
void update(const char* name, Tensor& target, Tensor (*operation)(const Tensor&, Other),
            Other other) {
  begin_write(name, target);
  const NoGrad values_only;
  const Tensor value = operation(target.detach(), other);
  if (value.shape() != target.shape()) {
    fail(ErrorKind::shape, name, "an operand of shape {} would widen the target of shape {}",
         value.shape(), target.shape());
  }
  if (value.dtype() != target.dtype() && promote(value.dtype(), target.dtype()) != target.dtype()) {
    fail(ErrorKind::dtype, name,
         "the result is {}, which a target of {} cannot hold: convert first", value.dtype(),
         target.dtype());
  }
  internal::copy(value, target);
}

}  // namespace

Tensor& Tensor::operator+=(const Tensor& other) {
  update<const Tensor&>("+=", *this, add, other);
  return *this;
}
Tensor& Tensor::operator-=(const Tensor& other) {
  update<const Tensor&>("-=", *this, sub, other);
  return *this;
}
Tensor& Tensor::operator*=(const Tensor& other) {
  update<const Tensor&>("*=", *this, mul, other);
  return *this;
}
Tensor& Tensor::operator/=(const Tensor& other) {
  update<const Tensor&>("/=", *this, div, other);
  return *this;
}
Tensor& Tensor::operator+=(Number other) {
  update<Number>("+=", *this, add, other);
  return *this;
}
Tensor& Tensor::operator-=(Number other) {
  update<Number>("-=", *this, sub, other);
  return *this;
}
Tensor& Tensor::operator*=(Number other) {
  update<Number>("*=", *this, mul, other);
  return *this;
}
Tensor& Tensor::operator/=(Number other) {
  update<Number>("/=", *this, div, other);
  return *this;
}

}  // namespace attune
