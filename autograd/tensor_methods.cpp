// Tensor's methods that are recorded, and writing in place.
#include "attune/ops.hpp"
#include "attune/record.hpp"
#include "autograd/anomaly.hpp"
#include "autograd/number.hpp"
#include "autograd/tracer.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/mode.hpp"

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
  Tensor result = internal::view_of(*this, shape(), strides(), 0);
  internal::trace_value("detach", result, {this});
  return result;
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
  internal::trace_write("copy_", *this, {&source});
  if (internal::current_mode.check_finite) {
    const Tensor* const inputs[] = {&source};
    internal::check_finite("copy_", *this, inputs);
  }
  return *this;
}

Tensor& Tensor::fill_(Number value) {
  internal::check_fits("fill_", value, operand("fill_", *this).dtype);
  begin_write("fill_", *this);
  internal::fill(*this, value);
  internal::trace_write({"fill_", {internal::attribute("value", value)}}, *this, {});
  if (internal::current_mode.check_finite) internal::check_finite("fill_", *this, {});
  return *this;
}

}  // namespace attune
