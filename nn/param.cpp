// Copies and moves of parameters and buffers.
#include "attune/param.hpp"

#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "nn/values.hpp"

namespace attune {

using internal::fail;

namespace {

constinit thread_local bool sharing = false;

std::int64_t product_without(const Shape& shape, int axis) {
  std::int64_t product = 1;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i != axis) product *= shape[i];
  }
  return product;
}

std::int64_t fan_in_of(const Shape& shape) {
  return shape.rank() < 2 ? shape.numel() : product_without(shape, 0);
}
std::int64_t fan_out_of(const Shape& shape) {
  return shape.rank() < 2 ? 1 : product_without(shape, 1);
}

std::string called(const char* what, const Tensor& tensor) {
  return tensor.name().empty() ? what : std::string(tensor.name());
}

void check_same(const char* what, const Tensor& target, const Tensor& source) {
  if (target.shape() != source.shape()) {
    fail(ErrorKind::shape, "assignment",
         "{} has shape {} and cannot take values of shape {}: only models of the same sizes may be "
         "assigned to each other",
         called(what, target), target.shape(), source.shape());
  }
  if (target.dtype() != source.dtype()) {
    fail(ErrorKind::dtype, "assignment",
         "{} is {} and the values are {}: convert one of the models first, to(model, {})",
         called(what, target), target.dtype(), source.dtype(), name(target.dtype()));
  }
}

void assign(const char* what, const Tensor& target, const Tensor& source) {
  if (target.impl() == source.impl()) return;
  check_same(what, target, source);
  if (source.has_values())
    internal::set_elements("assignment", target, source);
  else
    internal::drop_elements(target);
}

[[noreturn]] void fail_moved(const char* what) {
  fail(ErrorKind::state, "copy",
       "{} was moved from: its values are in the object that took them, copy that one", what);
}

}  // namespace

Param::Param(const Shape& shape, Role role)
    : Param(shape, role, fan_in_of(shape), fan_out_of(shape)) {}

Param::Param(const Shape& shape, Role role, std::int64_t fan_in, std::int64_t fan_out)
    : tensor_(internal::valueless_tensor(shape, f32)),
      fan_in_(fan_in),
      fan_out_(fan_out),
      role_(role) {
  tensor_.set_requires_grad();
}

Param::Param(const Param& other)
    : fan_in_(other.fan_in_), fan_out_(other.fan_out_), role_(other.role_) {
  if (other.moved_) fail_moved("a parameter");
  if (sharing || !other.defined()) {
    tensor_ = other.tensor_;
    return;
  }
  tensor_ = internal::duplicate("copy", other.tensor_);
  tensor_.set_requires_grad();
  tensor_.set_requires_grad(other.tensor_.requires_grad());
  if (!other.tensor_.name().empty()) tensor_.set_name(other.tensor_.name());
}

Param& Param::operator=(const Param& other) {
  if (this == &other) return *this;
  if (sharing || !defined() || !other.defined()) return *this = Param(other);
  assign("a parameter", tensor_, other.tensor_);
  return *this;
}

Param& Param::operator=(Param&& other) noexcept {
  if (this == &other) return *this;
  moved_ = other.moved_;
  other.moved_ = other.moved_ || other.defined();
  tensor_ = std::move(other.tensor_);
  fan_in_ = other.fan_in_;
  fan_out_ = other.fan_out_;
  role_ = other.role_;
  return *this;
}

Buffer::Buffer() : tensor_(internal::valueless_tensor({0}, f32)) {}

Buffer::Buffer(const Tensor& values)
    : tensor_(internal::contiguous_copy("Buffer", values, values.dtype())) {}

Buffer Buffer::full(const Shape& shape, Number value, DType dtype) {
  Buffer result;
  result.tensor_ = internal::empty_tensor("Buffer", shape, dtype);
  internal::fill(result.tensor_, value);
  return result;
}

Buffer::Buffer(const Buffer& other) {
  if (!other.tensor_.defined()) fail_moved("a buffer");
  tensor_ = internal::duplicate("copy", other.tensor_);
  if (!other.tensor_.name().empty()) tensor_.set_name(other.tensor_.name());
}

Buffer& Buffer::operator=(const Buffer& other) {
  if (this == &other) return *this;
  if (!tensor_.defined() || !other.tensor_.defined()) return *this = Buffer(other);
  if (other.has_values())
    write(other.tensor_);
  else
    internal::drop_elements(tensor_);
  return *this;
}

void Buffer::write(const Tensor& values) const {
  if (has_values()) return assign("a buffer", tensor_, values);
  internal::take_elements("write", tensor_,
                          internal::contiguous_copy("write", values, values.dtype()));
}

Buffer::Writing::Writing(const char* operation, const Buffer& buffer) : busy_(buffer.busy_) {
  if (busy_.exchange(true, std::memory_order_acquire)) {
    fail(
        ErrorKind::state, operation,
        "two threads are in a training forward of one model: both would write {}. Give each thread "
        "a model of its own, share(model), or evaluate (Evaluation scope)",
        called("the running statistics", buffer.tensor_));
  }
}
Buffer::Writing::~Writing() { busy_.store(false, std::memory_order_release); }

namespace internal {

Sharing::Sharing() noexcept : outer_(sharing) { sharing = true; }
Sharing::~Sharing() { sharing = outer_; }

}  // namespace internal
}  // namespace attune
